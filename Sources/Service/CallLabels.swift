// What a caller may see of stored users.

internal import RPC
internal import Store

extension ServerCall {
    /// The caller's labels; all on a server without callers.
    var labels: DataLabels { knownCaller?.labels ?? .all }

    /// A stored profile as far as the caller may use it.
    func permitted(_ version: ProfileVersion) -> ProfileVersion {
        labels == .all ? version : ProfileVersion(version.profile.permitted(labels).profile)
    }
}
