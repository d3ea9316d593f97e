private import Foundation
internal import Intents

/// What is chosen on validation sentences after the networks are fitted.
enum Calibration {
    /// The temperature with the least negative log likelihood, by golden section over its logarithm.
    static func temperature(_ logits: [[Float]], _ labels: [Int]) -> Float {
        guard !logits.isEmpty else { return 1 }
        func loss(_ logTemperature: Double) -> Double {
            let factor = Float(exp(-logTemperature))
            var sum = 0.0
            for (row, label) in zip(logits, labels) {
                let largest = row.max() ?? 0
                var powers = 0.0
                for logit in row { powers += Double(expf((logit - largest) * factor)) }
                sum += log(powers) - Double((row[label] - largest) * factor)
            }
            return sum
        }
        let ratio = (5.0.squareRoot() - 1) / 2
        var (low, high) = (log(0.05), log(5.0))
        while high - low > 1e-3 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
            if loss(a) < loss(b) { high = b } else { low = a }
        }
        return Float(exp((low + high) / 2))
    }

    /// Slope of the logistic curve, through 0.5 at the threshold, by which a score becomes the
    /// probability to be out of scope; both sides weigh the same.
    static func slope(_ inside: [Float], _ outside: [Float], threshold: Float) -> Float {
        guard !inside.isEmpty, !outside.isEmpty else { return 1 }
        let mean = inside.reduce(0, +) / Float(inside.count)
        let gap = max(abs(mean - threshold), 1e-6)
        func loss(_ slope: Double) -> Double {
            func side(_ scores: [Float], _ sign: Double) -> Double {
                scores.reduce(0) {
                    $0 + log1p(exp(min(sign * slope * Double($1 - threshold), 60)))
                } / Double(scores.count)
            }
            return side(inside, -1) + side(outside, 1)
        }
        var (low, high) = (log(0.1 / Double(gap)), log(100 / Double(gap)))
        let ratio = (5.0.squareRoot() - 1) / 2
        while high - low > 1e-2 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low))
            if loss(exp(a)) < loss(exp(b)) { high = b } else { low = a }
        }
        return Float(exp((low + high) / 2))
    }

    /// Share of right answers that may be given up to turn strangers away.
    private static let lostShare = 0.02

    /// With strangers of the caller's own: the threshold with the best mean of in-scope accuracy and
    /// out-of-scope recall that gives up no more right answers than bearable.
    static func threshold(_ inside: [IntentMetrics.Outcome], outOfScope: [Float]) -> Float {
        let right = inside.filter(\.isRight).map(\.score)
        let most = quantile(right, lostShare) ?? 0
        // Each change of the sums as the threshold rises past a score.
        let rightShare = 0.5 / Float(max(inside.count, 1))
        let strangerShare = 0.5 / Float(max(outOfScope.count, 1))
        let changes =
            right.map { ($0, -rightShare) } + outOfScope.map { ($0, strangerShare) }
        var (gain, bestGain) = (Float(0), Float(0))
        var best = min(right.min() ?? 0, outOfScope.min() ?? 0) - 1
        let sorted = changes.sorted { $0.0 < $1.0 }
        for (position, change) in sorted.enumerated() where change.0 < most {
            gain += change.1
            let next = position + 1 < sorted.count ? sorted[position + 1].0 : most
            if gain > bestGain, next > change.0 {
                (bestGain, best) = (gain, min((change.0 + next) / 2, most))
            }
        }
        return best
    }

    /// Share that may be given up where that turns away too few made-up strangers.
    private static let largestLostShare = 0.05
    private static let caughtShare = 0.995

    /// Without: the made-up strangers are turned away, but no more customers than bearable.
    static func threshold(_ inside: [Float], madeUp: [Float]) -> Float {
        let wanted = quantile(madeUp, caughtShare) ?? -.greatestFiniteMagnitude
        let least = quantile(inside, lostShare) ?? 0
        let most = quantile(inside, largestLostShare) ?? 0
        return min(max(wanted, least), most)
    }

    private static func quantile(_ values: [Float], _ share: Double) -> Float? {
        guard !values.isEmpty else { return nil }
        return values.sorted()[min(Int(share * Double(values.count)), values.count - 1)]
    }
}
