// Files are read in two ways: small ones whole and bounded, large ones mapped read-only, so that
// their pages are shared between processes and only those touched are resident.

#if canImport(Glibc)
    private import Glibc
#endif

/// A file mapped read-only for as long as this object lives.
final class MappedFile: @unchecked Sendable {
    // Safe: the mapping is read-only and its address never changes.
    let path: String
    let bytes: UnsafeRawBufferPointer

    init(path: String) throws(BundleError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError(path, "cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BundleError(file: path, "is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else { throw BundleError(file: path, "is empty") }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            address != MAP_FAILED
        else { throw systemError(path, "cannot be mapped") }
        self.path = path
        bytes = UnsafeRawBufferPointer(start: address, count: size)
        HugePages.advise(bytes)
    }

    deinit {
        // Fails only for an address that is no mapping; this one is.
        _ = munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
}

/// The bytes of a file of at most `limitBytes`.
func readSmallFile(_ path: String, limitBytes: Int) throws(BundleError) -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= limitBytes else {
        throw BundleError(
            file: path, "has \(file.bytes.count) bytes; at most \(limitBytes) are read")
    }
    return [UInt8](file.bytes)
}

/// What the operating system said about the last call.
func systemError(_ path: String, _ what: String) -> BundleError {
    BundleError(file: path, "\(what): \(String(cString: strerror(errno)))")
}

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }
