import Foundation
import Logging

/// Keys lie in the process's memory, and a core dump is a copy of that memory in a file.
enum CoreDumps {
    /// Leaves out of core dumps all that the process has written: heap, stacks, private mappings. What
    /// stays are registers and the ELF headers of the programs, enough to say where it fell
    /// (core(5), "Controlling which mappings are written to the core dump": bit 4).
    static func leaveOutMemory(_ logger: Logger) {
        do {
            try Data("0x10".utf8).write(to: URL(filePath: "/proc/self/coredump_filter"))
        } catch { logger.warning("core dumps would hold keys: \(error.localizedDescription)") }
    }
}
