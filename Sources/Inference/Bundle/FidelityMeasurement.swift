/// How near one set of unit vectors is to another of the same texts.
struct FidelityMeasurement {
    private let reference: [[Float]]
    private let candidate: [[Float]]

    /// - Precondition: as many of the one as of the other.
    init(reference: [[Float]], candidate: [[Float]]) {
        precondition(reference.count == candidate.count, "vectors of different texts")
        self.reference = reference
        self.candidate = candidate
    }

    var fidelity: ModelCard.Fidelity {
        let cosines = zip(reference, candidate).map(Self.cosine).sorted()
        let count = max(cosines.count, 1)
        return ModelCard.Fidelity(
            sampleCount: cosines.count, meanCosine: cosines.reduce(0, +) / Double(count),
            firstPercentileCosine: cosines.isEmpty ? 0 : cosines[cosines.count / 100],
            minimumCosine: cosines.first ?? 0, topTenOverlap: topTenOverlap)
    }

    /// Of unit vectors.
    private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        var sum = 0.0
        for i in a.indices { sum += Double(a[i]) * Double(b[i]) }
        return sum
    }

    /// The mean share over texts; 1 where there are too few texts to have neighbours.
    private var topTenOverlap: Double {
        let wanted = min(10, reference.count - 1)
        guard wanted > 0 else { return 1 }
        var shared = 0
        for index in reference.indices {
            shared +=
                Set(neighbours(of: index, in: reference, wanted))
                .intersection(neighbours(of: index, in: candidate, wanted)).count
        }
        return Double(shared) / Double(wanted * reference.count)
    }

    private func neighbours(of index: Int, in vectors: [[Float]], _ wanted: Int) -> [Int] {
        let others = vectors.indices.filter { $0 != index }
        let scored = others.map { (Self.cosine(vectors[index], vectors[$0]), $0) }
        return scored.sorted { ($0.0, $1.1) > ($1.0, $0.1) }.prefix(wanted).map(\.1)
    }
}
