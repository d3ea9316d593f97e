internal import Inference
public import Store

/// A head at work for one request: features of a candidate, its logit, and why. A value with scratch
/// memory of its own: one request, one thread at a time.
public struct HeadScorer: Sendable {
    let head: RankingHead
    var extractor: FeatureExtractor
    private let network: PerceptronSubject?
    private var products: [Float] = []

    /// - Parameter statistics: nil for the fixed head.
    public init(
        head: RankingHead, subject: Subject, table: ItemTable, candidates: CandidateList,
        statistics: BoundStatistics?
    ) {
        self.head = head
        extractor = FeatureExtractor(
            subject: subject, table: table, candidates: candidates, statistics: statistics)
        if case .perceptron(let head) = head {
            network = PerceptronSubject(head, interest: subject.interest(dimension: head.dimension))
            products = [Float](repeating: 0, count: PerceptronHead.unitCount)
        } else {
            network = nil
        }
    }

    /// What the head read of a candidate: all that its logit depends on.
    struct Reading: Sendable {
        var features: FeatureVector
        /// For a network: what the vectors of user and item add to its first layer.
        var vectors = SIMD64<Float>.zero
        /// Whether the item has a vector of the head's dimension.
        var hasVector = false
    }

    /// - Parameter row: as in `CandidateList.rows`.
    mutating func read(_ row: Int32) -> Reading {
        var reading = Reading(features: extractor.features(of: row))
        guard let network else { return reading }
        reading.vectors = network.user
        reading.hasVector = extractor.sources.products(
            of: row, with: network.probes, into: &products)
        if reading.hasVector { reading.vectors += SIMD64(products) }
        return reading
    }

    func logit(_ reading: Reading) -> Float {
        switch head {
        case .linear(let head): head.logit(reading.features)
        case .shapes(let head): head.logit(reading.features)
        case .perceptron(let head):
            head.logit(sums: head.sums(of: reading.features) + reading.vectors)
        }
    }

    /// Appends the logits of some candidates.
    mutating func score(_ rows: [Int32], _ range: Range<Int>, into logits: inout [Float]) {
        if case .perceptron = head {
            for i in range { logits.append(logit(read(rows[i]))) }
            return
        }
        let sources = extractor.sources
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + FeatureExtractor.measuredCount, range.upperBound)
            let measured = extractor.measure(rows.span.extracting(start..<end))
            // Heads are told apart once, not for each candidate.
            switch head {
            case .linear(let head):
                for i in start..<end {
                    logits.append(head.logit(sources.features(of: rows[i], measured[i - start])))
                }
            case .shapes(let head):
                let level = head.level(sources.shared)
                for i in start..<end {
                    logits.append(
                        level + head.rest(sources.features(of: rows[i], measured[i - start])))
                }
            case .perceptron: break
            }
            start = end
        }
    }

    /// Values and contributions in the order of `Explanation.names(of:)`.
    func explain(_ reading: Reading) -> (values: [Float], contributions: [Float]) {
        let indices = head.features
        var values = indices.map { reading.features[$0] }
        let contributions: FeatureVector
        switch head {
        case .linear(let head): contributions = head.contributions(reading.features)
        case .shapes(let head): contributions = head.contributions(reading.features)
        case .perceptron(let head):
            let found = head.contributions(reading.features, vectors: reading.vectors)
            values.append(reading.hasVector ? 1 : 0)
            return (values, indices.map { found.features[$0] } + [found.vectors])
        }
        return (values, indices.map { contributions[$0] })
    }
}
