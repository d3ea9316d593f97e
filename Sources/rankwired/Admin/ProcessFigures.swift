import Foundation
import Glibc

/// What the kernel says of this process, under the names that Prometheus' client libraries gave them.
enum ProcessFigures {
    static func add(to text: inout MetricsText) {
        let stat = statFields()
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
        // Places of proc(5), counted from the state, its third field.
        if stat.count > 21 {
            text.counter(
                "process_cpu_seconds_total", "Time on processors, user and system.",
                (stat[11] + stat[12]) / ticks)
            text.gauge(
                "process_virtual_memory_bytes", "Address space in use.", stat[20])
            text.gauge(
                "process_resident_memory_bytes", "Memory in use.", stat[21] * pageBytes)
            text.gauge("process_threads", "Threads.", stat[17])
            if let booted = bootSeconds() {
                text.gauge(
                    "process_start_time_seconds", "When the process started, since the Unix epoch.",
                    booted + stat[19] / ticks)
            }
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            text.gauge("process_open_fds", "Open files and sockets.", Double(files.count))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text.gauge(
                "process_max_fds", "How many there may be.", Double(limit.rlim_cur))
        }
    }

    /// Numbers of /proc/self/stat from the state on, which is no number and counts as 0.
    private static func statFields() -> [Double] {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            // The program's name, in parentheses, may hold anything.
            let end = text.lastIndex(of: ")")
        else { return [] }
        return text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
    }

    private static func bootSeconds() -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else {
            return nil
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst(6)) }
    }
}
