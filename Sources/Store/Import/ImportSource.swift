internal import Base

#if canImport(Glibc)
    private import Glibc
#endif

/// Where rows come from.
public enum ImportSource: Sendable, Equatable {
    case file(String)
    case standardInput

    /// `-` is standard input.
    public init(argument: String) { self = argument == "-" ? .standardInput : .file(argument) }

    /// Named in errors and progress.
    public var name: String {
        switch self {
        case .file(let path): path
        case .standardInput: "standard input"
        }
    }
}

/// The bytes of a source, front to back, once.
final class ByteSource {
    /// Size of a regular file; nil for a pipe.
    let totalByteCount: Int64?
    private(set) var byteCount: Int64 = 0

    private let name: String
    private let descriptor: Int32
    private let mustClose: Bool

    init(_ source: ImportSource) throws(Fault) {
        name = source.name
        switch source {
        case .standardInput:
            descriptor = STDIN_FILENO
            mustClose = false
        case .file(let path):
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            mustClose = true
        }
        guard descriptor >= 0 else { throw Self.failure("cannot open", name) }
        // From here on `deinit` closes it, also when a check fails.
        totalByteCount = Self.regularFileSize(descriptor)
        if Self.isDirectory(descriptor) {
            throw Fault(.invalidArgument, reason: "BAD_FILE", "\(name) is a directory")
        }
    }

    deinit { if mustClose, descriptor >= 0 { close(descriptor) } }

    /// Reads into `buffer` from `start`; the number of bytes, 0 at the end.
    func read(into buffer: inout [UInt8], from start: Int) throws(Fault) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw Self.failure("cannot read", name) }
            byteCount += Int64(count)
            return count
        }
    }

    private static func regularFileSize(_ descriptor: Int32) -> Int64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return nil
        }
        return Int64(status.st_size)
    }

    private static func isDirectory(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func failure(_ what: String, _ name: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "BAD_FILE",
            "\(what) \(name): \(String(cString: strerror(errno)))")
    }
}
