private import Synchronization

/// A profile as it is from one change of it to the next. Shared and never changed; any thread.
///
/// Readers leave here what they made of the profile for the next: it goes when the profile is replaced
/// or leaves the cache.
public final class ProfileVersion: Sendable {
    public let profile: Profile
    private let kept = Mutex(Kept())

    private struct Kept {
        var derived: (any AnyObject & Sendable)?
        var derivedForAds: (any AnyObject & Sendable)?
        var reply: KeptReply?
    }

    public init(_ profile: Profile) { self.profile = profile }

    /// What ranking made of it. At most about the profile's own size.
    public var derived: (any AnyObject & Sendable)? {
        get { kept.withLock { $0.derived } }
        set { kept.withLock { $0.derived = newValue } }
    }

    /// What scoring ads made of it. Smaller than the profile.
    public var derivedForAds: (any AnyObject & Sendable)? {
        get { kept.withLock { $0.derivedForAds } }
        set { kept.withLock { $0.derivedForAds = newValue } }
    }

    /// The profile on the wire. It has no vectors, and so is smaller than the profile.
    public var reply: KeptReply? {
        get { kept.withLock { $0.reply } }
        set { kept.withLock { $0.reply = newValue } }
    }
}

/// The answer to who asks for a profile and may see all of it.
public struct KeptReply: Sendable {
    public let bytes: [UInt8]
    /// Of the population that the profile's segment and quintiles are of.
    public let populationGeneration: UInt64

    public init(bytes: [UInt8], populationGeneration: UInt64) {
        self.bytes = bytes
        self.populationGeneration = populationGeneration
    }
}
