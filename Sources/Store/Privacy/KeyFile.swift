// A master key in a file of its own: 64 hexadecimal digits and a line feed, readable by its owner
// alone. Losing it makes every profile unreadable, so one is never overwritten, and it appears under
// its name complete or not at all.

internal import Base

#if canImport(Glibc)
    private import Glibc
#endif

enum KeyFile {
    /// Reads the key. Refused: a missing file, one others may read, and any other size than 32
    /// bytes in hexadecimal.
    static func load(_ path: String) throws(Fault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("cannot open", path, errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("cannot inspect", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw bad(path, "is not a regular file") }
        guard status.st_mode & 0o077 == 0 else {
            throw bad(path, "may be read by others than its owner; run chmod 600 on it")
        }
        var text = [UInt8](repeating: 0, count: 2 * MasterKey.byteCount + 3)
        let count = read(file, &text, text.count)
        guard count >= 0 else { throw failure("cannot read", path, errno) }
        guard let key = MasterKey.parse(text.prefix(count)) else {
            throw bad(path, "does not hold \(2 * MasterKey.byteCount) hexadecimal digits")
        }
        return key
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 || errno != ENOENT }

    /// Makes a random key with mode 0600, on disk when this returns; leaves one that is there.
    static func create(_ path: String) throws(Fault) {
        let key = try RandomBytes.make(MasterKey.byteCount)
        let temporary = "\(path).\(getpid())"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("cannot create", temporary, errno) }
        defer { unlink(temporary) }
        let text = Array((Hexadecimal.text(key) + "\n").utf8)
        let isWritten = write(file, text, text.count) == text.count && fsync(file) == 0
        let writeError = errno
        guard close(file) == 0, isWritten else {
            throw failure("cannot write", temporary, writeError)
        }
        // A link never replaces: the file that was there first stays.
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw failure("cannot create", path, errno)
        }
        try syncDirectory(of: path)
    }

    /// Puts `path` in the place of `target`, at once and on disk.
    static func move(_ path: String, to target: String) throws(Fault) {
        guard rename(path, target) == 0 else { throw failure("cannot rename", path, errno) }
        try syncDirectory(of: target)
    }

    static func remove(_ path: String) throws(Fault) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw failure("cannot remove", path, errno)
        }
    }

    private static func syncDirectory(of path: String) throws(Fault) {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("cannot open the directory of", path, errno) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure("cannot sync the directory of", path, errno) }
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32) -> Fault {
        Fault(
            .failedPrecondition, reason: "MASTER_KEY_UNAVAILABLE",
            "\(what) the master key \(path): \(String(cString: strerror(code)))")
    }

    private static func bad(_ path: String, _ what: String) -> Fault {
        Fault(.failedPrecondition, reason: "BAD_MASTER_KEY", "the master key \(path) \(what)")
    }
}
