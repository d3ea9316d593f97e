// Whom an audience is for, and how well a user suits it.

public import Inference
private import Ranking
public import Store

/// What users are scored by.
public enum AudienceBrief: Sendable {
    /// The probability of the outcome if the user is shown the ad, or all of the campaign's.
    case ads(AdTarget, AdOutcome)
    /// The likeness of the user's interests to a text's vector, -1 to 1.
    case text(Int8Vector)
}

/// Scores users for one brief at one moment. Immutable.
public struct AudienceScorer: Sendable {
    private let brief: AudienceBrief
    private let scoring: AdScoring
    private let moment: AdMoment

    public init(_ brief: AudienceBrief, _ scoring: AdScoring, _ moment: AdMoment) {
        self.brief = brief
        self.scoring = scoring
        self.moment = moment
    }

    /// Nil for a user of whom nothing is known that the brief could be held against.
    /// - Parameter profile: what the caller may use of it.
    public func score(_ profile: Profile) -> Float? {
        switch brief {
        case .ads(let target, let outcome):
            let terms = ResponseTerms(Subject(profile: profile), moment, index: scoring.index)
            let logits = scoring.model.logits(terms.terms(of: target))
            return AdModel.probability(logit: logits[outcome.rawValue])
        case .text(let vector):
            let interests =
                [profile.interest, profile.longTermInterest, profile.purchaseInterest]
                + profile.interests.map { profile.recentItems[$0.leader].vector }
            return interests.compactMap { $0 }.filter { $0.dimension == vector.dimension }
                .map { vector.dot($0) }.max()
        }
    }
}
