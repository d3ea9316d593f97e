// The installation's key lies beside its store in a file of its own: 64 hexadecimal digits and a
// line feed, readable by its owner alone. Losing it makes every profile unreachable, so it is never
// overwritten, and it appears under its name complete or not at all.

public import Base
private import COpenSSL

#if canImport(Glibc)
    private import Glibc
#endif

public enum PseudonymKeyFile {
    /// Where the key of a store at `storePath` lies.
    public static func path(forStore storePath: String) -> String { storePath + ".key" }

    /// Reads the key. Refused: a missing file, one others may read, and any other size than 32
    /// bytes in hexadecimal.
    public static func load(_ path: String) throws(Fault) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure("cannot open", path, errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("cannot inspect", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw bad(path, "is not a regular file") }
        guard status.st_mode & 0o077 == 0 else {
            throw bad(path, "may be read by others than its owner; run chmod 600 on it")
        }
        var text = [UInt8](repeating: 0, count: 2 * Pseudonymizer.keyByteCount + 3)
        let count = read(file, &text, text.count)
        guard count >= 0 else { throw failure("cannot read", path, errno) }
        guard let key = parse(text.prefix(count)) else {
            throw bad(path, "does not hold \(2 * Pseudonymizer.keyByteCount) hexadecimal digits")
        }
        return key
    }

    /// Reads the key, or makes a random one with mode 0600 where there is none yet. When two
    /// processes do so at once, both get the same.
    public static func loadOrCreate(_ path: String) throws(Fault) -> [UInt8] {
        if access(path, F_OK) != 0, errno == ENOENT { try create(path) }
        return try load(path)
    }

    private static func create(_ path: String) throws(Fault) {
        var key = [UInt8](repeating: 0, count: Pseudonymizer.keyByteCount)
        guard RAND_priv_bytes(&key, Int32(key.count)) == 1 else {
            throw CryptoFailure.fault("RAND_priv_bytes")
        }
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
    }

    private static func parse(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let digits = text.last == 0x0A ? text.dropLast() : text
        guard digits.count == 2 * Pseudonymizer.keyByteCount else { return nil }
        return Hexadecimal.bytes(digits)
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32) -> Fault {
        Fault(
            .failedPrecondition, reason: "PSEUDONYM_KEY_UNAVAILABLE",
            "\(what) the pseudonym key \(path): \(String(cString: strerror(code)))")
    }

    private static func bad(_ path: String, _ what: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "BAD_PSEUDONYM_KEY", "the pseudonym key \(path) \(what)")
    }
}

enum Hexadecimal {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 2 ? digits : "0" + digits
        }.joined()
    }

    /// Nil for an odd number of digits or another character.
    static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = value(digit) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
