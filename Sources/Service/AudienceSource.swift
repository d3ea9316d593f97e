// What selecting an audience asks of whoever has all the profiles.

public import Ads
public import Base
public import Store
private import Synchronization

/// One audience to be selected. Immutable.
public struct AudienceQuestion: Sendable {
    public let scorer: AudienceScorer
    public let threshold: Float?
    public let maxUsers: Int
    public let reachThresholds: [Float]
    public let leastAudience: Int
    /// Of what of a user the caller may use.
    public let labels: DataLabels
    public let population: PopulationModel?
    /// Nobody waits any more afterwards.
    public let deadline: MonotonicTime

    /// What a builder is told of one user.
    public func take(
        _ pseudonym: Pseudonym, _ profile: Profile, into builder: inout AudienceBuilder
    ) {
        let permitted = profile.permitted(labels).profile
        guard let score = scorer.score(permitted), score.isFinite else { return builder.skip() }
        let showsSegment = labels.permits(.activity) && labels.permits(.spend)
        let segment = showsSegment ? population?.segment(of: profile) : nil
        builder.add(
            AudienceMember(
                pseudonym: pseudonym, score: score, segmentId: segment?.id ?? "",
                profile: permitted))
    }

    public var builder: AudienceBuilder {
        AudienceBuilder(
            threshold: threshold, maxUsers: maxUsers, reachThresholds: reachThresholds,
            leastAudience: leastAudience)
    }
}

/// Says that nobody waits for an audience any more.
public final class AudienceCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
    public func cancel() { flag.store(true, ordering: .relaxed) }
}

/// Has all profiles, off every loop.
public protocol AudienceSource: Sendable {
    /// - Parameter completion: called once, from any thread.
    func select(
        _ question: AudienceQuestion, _ cancellation: AudienceCancellation,
        _ completion: @escaping @Sendable (Result<SelectedAudience, Fault>) -> Void)
}
