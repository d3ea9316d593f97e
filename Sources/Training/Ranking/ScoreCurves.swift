private import Foundation
internal import Ranking

/// Curves of one head's scores over weighted rows.
struct ScoreCurves {
    private static let pointCount = 100
    private static let binCount = 12

    /// Shares, from the best score down: of candidates, of what was bought, of what was not.
    private var points: [SIMD3<Double>] = [.zero]
    /// Mean probability and share bought by bin, as powers of ten.
    private var bins: [SIMD2<Double>] = []

    init(_ rows: RankingRows, _ scores: [Float]) {
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var (all, bought) = (0.0, 0.0)
        for row in scores.indices {
            all += Double(rows.weights[row])
            bought += Double(rows.weights[row] * rows.labels[row])
        }
        var seen = SIMD2<Double>.zero
        var (sum, next) = (SIMD3<Double>.zero, 1.0)
        let perBin = all / Double(Self.binCount)
        for row in order {
            let weight = Double(rows.weights[row])
            let label = Double(rows.labels[row])
            seen += SIMD2(weight, weight * label)
            sum += SIMD3(
                weight, weight * Double(Exponential.logistic(scores[row])), weight * label)
            if seen.x / all * Double(Self.pointCount) >= next {
                points.append(
                    SIMD3(
                        seen.x / all, seen.y / max(bought, 1),
                        (seen.x - seen.y) / max(all - bought, 1)))
                next += 1
            }
            // The best candidates are few and matter most: bins of half the size of what is left.
            if sum.x >= min(perBin, (all - seen.x) / 2 + 1), sum.z > 0 {
                bins.append(SIMD2(log10(sum.y / sum.x), log10(sum.z / sum.x)))
                sum = .zero
            }
        }
        points.append(SIMD3(1, 1, 1))
    }

    var roc: SVGPlot {
        SVGPlot(
            title: "ROC", horizontal: "share of what was not bought",
            vertical: "share of what was bought", range: (0...1, 0...1),
            lines: [Self.diagonal, .init(points: points.map { SIMD2($0.z, $0.y) })])
    }

    var gain: SVGPlot {
        SVGPlot(
            title: "Gain", horizontal: "share of candidates", vertical: "share of what was bought",
            range: (0...1, 0...1),
            lines: [Self.diagonal, .init(points: points.map { SIMD2($0.x, $0.y) })])
    }

    var calibration: SVGPlot {
        let lowest = (bins.map { min($0.x, $0.y) }.min() ?? -4).rounded(.down)
        return SVGPlot(
            title: "Calibration", horizontal: "log10 of the mean probability",
            vertical: "log10 of the share bought", range: (lowest...0, lowest...0),
            lines: [
                .init(
                    points: [SIMD2(lowest, lowest), .zero], colour: "#999", isDashed: true),
                .init(points: bins.sorted { $0.x < $1.x }, hasDots: true),
            ])
    }

    private static let diagonal = SVGPlot.Line(
        points: [.zero, SIMD2(1, 1)], colour: "#999", isDashed: true)
}
