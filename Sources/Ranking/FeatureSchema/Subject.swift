public import Inference
public import Store

/// Who a ranking is for: a profile, and what the user says of itself in this request.
public struct Subject: Sendable {
    public let version: ProfileVersion
    /// The vector of an inline user's free text. Counts as a recent item, and for half of the
    /// interest.
    public let text: Int8Vector?
    /// When and how it is asked for; nil stands for the moment of the profile's last event.
    public var context: RequestContext?

    public init(
        _ version: ProfileVersion, text: Int8Vector? = nil, context: RequestContext? = nil
    ) {
        self.version = version
        self.text = text
        self.context = context
    }

    /// For a profile that is not stored.
    public init(profile: Profile, text: Int8Vector? = nil, context: RequestContext? = nil) {
        self.init(ProfileVersion(profile), text: text, context: context)
    }

    public var profile: Profile { version.profile }

    /// The interest vector, of unit length, for an encoder of `dimension`; vectors that another
    /// encoder made say nothing to this one.
    public func interest(dimension: Int) -> Int8Vector? {
        let stored = profile.interest.flatMap { $0.dimension == dimension ? $0 : nil }
        let spoken = text.flatMap { $0.dimension == dimension ? $0 : nil }
        guard let stored, let spoken else { return stored ?? spoken }
        return UnitVector.mean(of: [stored, spoken])
    }

    /// Of `recentVectors`: identifiers, empty for the request's text.
    func recentItemIds(dimension: Int) -> [String] {
        let spoken = text.map { $0.dimension == dimension ? [""] : [] } ?? []
        return spoken
            + profile.recentItems.filter { $0.vector?.dimension == dimension }.map(\.itemId)
    }

    /// What the user dealt with lately, at most 33.
    func recentVectors(dimension: Int) -> [Int8Vector] {
        ([text] + profile.recentItems.map(\.vector)).compactMap { $0 }
            .filter { $0.dimension == dimension }
    }
}
