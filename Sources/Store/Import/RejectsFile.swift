internal import Base

#if canImport(Glibc)
    private import Glibc
#endif

/// Rows an import did not take, as CSV `line,reason,row`, so that they can be mended and imported
/// again. It holds what the source held, users' identifiers among it: readable by its owner alone.
final class RejectsFile {
    private static let flushByteCount = 64 * 1024

    private let path: String
    private let descriptor: Int32
    private var pending: [UInt8] = Array("line,reason,row\n".utf8)

    /// Replaces what was there; refuses the file that is being read.
    init(path: String, source: ImportSource) throws(Fault) {
        self.path = path
        if case .file(let input) = source, Self.areSame(input, path) {
            throw Fault.invalid("rejects", "\(path) is the file that is imported")
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func add(line: Int, reason: String, row: String) throws(Fault) {
        pending.append(contentsOf: "\(line),\(Self.quoted(reason)),\(Self.quoted(row))\n".utf8)
        if pending.count >= Self.flushByteCount { try flush() }
    }

    func flush() throws(Fault) {
        var start = 0
        while start < pending.count {
            let count = pending.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            start += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func areSame(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private func failure() -> Fault {
        Fault(
            .failedPrecondition, reason: "BAD_FILE",
            "cannot write the rejects to \(path): \(String(cString: strerror(errno)))")
    }
}
