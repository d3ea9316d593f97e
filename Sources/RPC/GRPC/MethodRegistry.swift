// Methods by path. Filled at start, then only read, by every loop. Paths are recognised by their
// bytes: no String is made for a request.

#if canImport(Glibc)
    private import Glibc
#endif

/// One registered method.
/// Unchecked because of `bytes`, which is written in init only.
public final class Method: @unchecked Sendable {
    /// `/package.Service/Method`
    public let path: String
    public let kind: MethodKind
    /// Place in the registry.
    let index: Int
    let make: @Sendable (ServerCall) -> any CallHandler
    /// The path's bytes, where no array need be retained to look at them.
    private let bytes: UnsafeRawBufferPointer

    init(
        path: String, kind: MethodKind, index: Int,
        make: @escaping @Sendable (ServerCall) -> any CallHandler
    ) {
        self.index = index
        self.path = path
        self.kind = kind
        self.make = make
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: path.utf8.count, alignment: 1)
        copy.copyBytes(from: path.utf8)
        bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { bytes.deallocate() }

    func has(_ path: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == path.count else { return false }
        guard let left = bytes.baseAddress, let right = path.baseAddress else { return true }
        return memcmp(left, right, path.count) == 0
    }

    func withPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { body(bytes) }
}

/// The methods a server answers. A value: loops share copies of the same methods.
public struct MethodRegistry: Sendable {
    /// Full names in order of registration, e.g. `rankwire.v1.ScoringService`.
    public private(set) var services: [String] = []
    public private(set) var methods: [Method] = []
    /// Open addressing over `methods`, at most half full, so that a probe always ends; -1 is empty.
    private var table: [Int32] = [Int32](repeating: -1, count: 16)

    public init() {}

    /// - Parameters:
    ///   - path: `/package.Service/Method`, registered once.
    ///   - make: called on the loop's thread for each call; returns the handler that serves it,
    ///     which may be the same object every time if it keeps no state.
    public mutating func register(
        _ path: String, kind: MethodKind,
        make: @escaping @Sendable (ServerCall) -> any CallHandler
    ) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        precondition(
            parts.count == 3 && parts[0].isEmpty && !parts[1].isEmpty && !parts[2].isEmpty,
            "a method's path is /package.Service/Method, not \(path)")
        let method = Method(path: path, kind: kind, index: methods.count, make: make)
        precondition(method.withPath { find($0) } == nil, "\(path) is registered")
        let service = String(parts[1])
        if !services.contains(service) { services.append(service) }
        methods.append(method)
        rebuild()
    }

    func find(_ path: UnsafeRawBufferPointer) -> Method? {
        var slot = Self.hash(path) & (table.count - 1)
        while table[slot] >= 0 {
            let method = methods[Int(table[slot])]
            if method.has(path) { return method }
            slot = (slot + 1) & (table.count - 1)
        }
        return nil
    }

    private mutating func rebuild() {
        var size = table.count
        while size < methods.count * 2 { size *= 2 }
        table = [Int32](repeating: -1, count: size)
        for (index, method) in methods.enumerated() {
            var slot = method.withPath { Self.hash($0) } & (size - 1)
            while table[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            table[slot] = Int32(index)
        }
    }

    /// FNV-1a (Fowler, Noll, Vo), 64 bits. The keys are the server's own, so no seed is needed.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash & 0x7FFF_FFFF)
    }
}
