internal import CUV

/// A call into libuv that failed: what was tried, on what, and the system's reason.
public struct LoopError: Error, Sendable, CustomStringConvertible {
    public let operation: String
    let code: Int32

    /// A code of 0 stands for what is no call into libuv, and is said in `operation`.
    public var description: String { code == 0 ? operation : "\(operation): \(reason)" }

    /// The system's words for the error.
    public var reason: String {
        guard let text = uv_strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }

    public var isAddressInUse: Bool { code == UV_EADDRINUSE.rawValue }

    /// The asker gave up.
    static var cancelledCode: Int32 { UV_ECANCELED.rawValue }

    /// - Parameter operation: evaluated only on failure.
    @discardableResult
    static func check(
        _ code: Int32, _ operation: @autoclosure () -> String
    ) throws(LoopError) -> Int32 {
        if code < 0 { throw LoopError(operation: operation(), code: code) }
        return code
    }
}
