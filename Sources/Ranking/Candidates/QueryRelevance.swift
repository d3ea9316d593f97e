/// How well an item answers a query, in logits: a convex sum of what texts mean and of the words they
/// share (Bruch et al. 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"), how far the best by
/// these agree on the item's category (the k nearest neighbours' vote on what is sought), and some of what
/// the head says, which breaks ties by taste and popularity. The weights were chosen on the tuning part of
/// Benchmarks/search.
struct QueryRelevance: Sendable {
    static let featureNames = ["query_meaning", "query_words", "query_category"]
    static let bias: Float = -5
    /// Per unit of cosine, and of BM25's share of what it could be at most.
    static let meaningWeight: Float = 8
    static let wordsWeight: Float = 2.4
    /// Per unit of the share of votes.
    static let categoryWeight: Float = 2.4
    /// How many of the best vote on the category.
    static let votingCount = 10
    /// Of the head's logit.
    static let preferenceWeight: Float = 0.15

    /// Cosine of the query and the item's text; 0 without either.
    var meaning: Float = 0
    /// BM25 over the most it could be, 0 to 1.
    var words: Float = 0
    /// Share of the best by meaning and words that are of the item's category; 0 unless both are sought.
    var category: Float = 0

    var values: [Float] { [meaning, words, category] }

    var contributions: [Float] {
        [Self.meaningWeight * meaning, Self.wordsWeight * words, Self.categoryWeight * category]
    }

    /// What the best are found by that vote on the category.
    var nearness: Float { Self.meaningWeight * meaning + Self.wordsWeight * words }

    /// With the head's part.
    func logit(preference: Float) -> Float {
        Self.bias + Self.preferenceWeight * preference + nearness + Self.categoryWeight * category
    }
}
