private import Foundation
internal import Ranking

/// Weighted logistic loss of labelled rows, in nats a row.
struct RankingLoss {
    private var sum = 0.0
    private var weight = 0.0

    mutating func add(logit: Float, label: Float, weight: Float) {
        // log(1 + e^-margin), from the side that does not overflow.
        let margin = Double(label > 0.5 ? logit : -logit)
        let loss = margin > 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin
        sum += loss * Double(weight)
        self.weight += Double(weight)
    }

    var mean: Double { weight > 0 ? sum / weight : 0 }

    static func mean(_ rows: RankingRows, _ head: ShapeHead) -> Double {
        var loss = RankingLoss()
        for row in 0..<rows.count {
            loss.add(
                logit: head.logit(rows.features[row]), label: rows.labels[row],
                weight: rows.weights[row])
        }
        return loss.mean
    }
}

/// Platt's scaling ("Probabilistic outputs for support vector machines", 1999): a and b of
/// a * logit + b with the least loss on held-out rows, by Newton's method.
enum PlattScaling {
    static func fit(_ logits: [Float], _ labels: [Float], _ weights: [Float]) -> (
        a: Float, b: Float
    ) {
        var (a, b) = (1.0, 0.0)
        for _ in 0..<50 {
            var (ga, gb, haa, hab, hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9)
            for i in logits.indices {
                let x = Double(logits[i])
                let p = 1 / (1 + exp(-max(-60, min(60, a * x + b))))
                let error = (p - Double(labels[i])) * Double(weights[i])
                let curvature = p * (1 - p) * Double(weights[i])
                ga += error * x
                gb += error
                haa += curvature * x * x
                hab += curvature * x
                hbb += curvature
            }
            let determinant = haa * hbb - hab * hab
            guard determinant > 1e-12 else { break }
            let (da, db) = (
                (ga * hbb - gb * hab) / determinant, (gb * haa - ga * hab) / determinant
            )
            a -= da
            b -= db
            if abs(da) + abs(db) < 1e-9 { break }
        }
        // A slope that is not positive would turn the ranking round.
        return a > 0 && a.isFinite && b.isFinite ? (Float(a), Float(b)) : (1, 0)
    }
}
