// What a caller may see of stored users.

internal import RPC
internal import Store

extension ServerCall {
    /// The caller's labels. Who is not told apart from others may see all.
    var labels: DataLabels { .all }
}
