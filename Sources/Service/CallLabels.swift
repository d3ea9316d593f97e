// What a caller may see of stored users.

internal import RPC
internal import Store

extension ServerCall {
    /// The caller's labels; all on a server without callers.
    var labels: DataLabels { knownCaller?.labels ?? .all }
}
