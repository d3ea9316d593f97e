/// Stands before every handler of a loop: who calls, and may they? Confined to the loop.
public protocol CallGate: AnyObject {
    /// Called with a request's header, before its handler is made.
    /// - Returns: false when the gate has ended the call.
    func admits(_ call: ServerCall) -> Bool
}

/// What a gate keeps between the calls of a connection. Gone with it.
open class ConnectionPass {
    public init() {}
}
