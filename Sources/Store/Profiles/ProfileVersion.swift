private import Synchronization

/// A profile as it is from one change of it to the next. Shared and never changed; any thread.
public final class ProfileVersion: Sendable {
    public let profile: Profile
    private let kept = Mutex<(any AnyObject & Sendable)?>(nil)

    public init(_ profile: Profile) { self.profile = profile }

    /// What a reader made of the profile and left here for the next: it goes when the profile is
    /// replaced or leaves the cache. At most about the profile's own size.
    public var derived: (any AnyObject & Sendable)? {
        get { kept.withLock { $0 } }
        set { kept.withLock { $0 = newValue } }
    }
}
