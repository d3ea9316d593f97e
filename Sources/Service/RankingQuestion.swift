internal import Base
internal import Inference
internal import Messages
internal import Ranking
internal import Store

/// What one request asks to rank: how its candidates are found and its answer is put together.
/// Confined to the request's loop.
protocol RankingQuestion: AnyObject, SendableMetatype {
    associatedtype Work: RankingWork
    associatedtype Response

    /// Where the request has its texts, for a fault.
    static var textsField: String { get }
    /// Features that a caller with these labels does without.
    static func leftOut(_ labels: DataLabels) -> [String]
    var user: UserReference { get }
    /// Of the candidates that are described in the request, one each, empty where there is none.
    var texts: [String] { get }
    /// With those that cannot be ranked.
    var candidateCount: Int { get }
    /// By when an answer must be made, however little there is to say; nil for a question that fails
    /// when its call's deadline comes.
    var deadline: MonotonicTime? { get }
    /// An answer that is not made by then is not sent any more: `lateResponse` goes out instead.
    var latest: MonotonicTime? { get }
    /// Whether a user nothing is stored of is one nothing is known of; else it is NOT_FOUND.
    var admitsStrangers: Bool { get }

    /// Whether it is ranked on the loop.
    func fitsLoop(_ limits: Limits) -> Bool

    /// The answer when there is no time to rank.
    func lateResponse(_ reading: RequestReading, models: ServingModels) -> Response?

    /// Finds the candidates; the answer tells of those that cannot be ranked. Called once.
    /// - Parameter vectors: of `texts`; nil for an empty one.
    func work(
        for subject: Subject, vectors: [Int8Vector?], models: ServingModels
    ) -> Work

    func response(
        to ranked: Work.Ranked, _ reading: RequestReading, models: ServingModels
    ) -> Response
}

extension RankingQuestion {
    static func leftOut(_ labels: DataLabels) -> [String] { FeatureSchema.leftOut(labels) }

    var deadline: MonotonicTime? { nil }
    var latest: MonotonicTime? { nil }
    var admitsStrangers: Bool { false }

    func fitsLoop(_ limits: Limits) -> Bool { candidateCount <= limits.maxCandidatesOnLoop }

    func lateResponse(_ reading: RequestReading, models: ServingModels) -> Response? { nil }
}

/// How the texts of a request were read, and where its time went.
struct RequestReading {
    /// Of `RankingQuestion.texts`.
    var texts: [TextInfo?] = []
    var userText: TextInfo?
    var timings = Timings()
    /// Features that the caller's labels keep from a stored user.
    var leftOut: [String] = []
}
