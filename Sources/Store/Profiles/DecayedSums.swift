/// Weight by name, reported as shares of the whole.
struct DecayedShares {
    private var weights: [String: Double] = [:]
    private var total = 0.0

    /// The empty name counts for nothing: the item has no such thing.
    mutating func add(_ name: String, weight: Double) {
        if name.isEmpty { return }
        weights[name, default: 0] += weight
        total += weight
    }

    mutating func scale(by factor: Double) {
        weights = weights.mapValues { $0 * factor }
        total *= factor
    }

    /// Shares of the `limit` largest, ties by name; shares of those left out are left out.
    func largest(_ limit: Int) -> [String: Float] {
        guard total > 0 else { return [:] }
        var entries = Array(weights)
        if entries.count > limit {
            entries.sort { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            entries.removeLast(entries.count - limit)
        }
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, Float($0.value / total)) })
    }
}

/// Weighted mean and variance by the incremental method (West, Communications of the ACM, 1979).
struct DecayedMoments {
    private var totalWeight = 0.0
    private var mean = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double, weight: Double) {
        totalWeight += weight
        let delta = value - mean
        mean += delta * weight / totalWeight
        squares += weight * delta * (value - mean)
    }

    mutating func scale(by factor: Double) {
        totalWeight *= factor
        squares *= factor
    }

    /// Nil without any value.
    var meanAndDeviation: (mean: Float, deviation: Float)? {
        guard totalWeight > 0 else { return nil }
        return (Float(mean), Float(max(0, squares / totalWeight).squareRoot()))
    }
}
