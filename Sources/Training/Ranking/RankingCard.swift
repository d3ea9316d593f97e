// What is known of a trained head, for people and for machines: Markdown, JSON and plots in one directory.

public import Base
private import Foundation
public import Ranking

/// A head's model card.
public struct RankingCard: Sendable, Codable {
    /// Users with one declared attribute.
    public struct Slice: Sendable, Codable {
        /// "attribute=value".
        public var group: String
        public var questionCount: Int
        public var areaUnderCurve: Double
        public var ndcgAt10: Double
        /// Mean probability over the share that was bought: 1 where neither is too high.
        public var predictedOverObserved: Double
    }

    /// Questions without which a group says nothing.
    private static let minQuestions = 30

    public var head: RankingHeadKind
    public var origin: RankingModel.Origin
    public var basis: String
    public var features: [String]
    public var droppedFeatures: [String]
    public var settings: [String: Double]
    public var questionCount: Int
    public var results: [RankingResult]
    public var slices: [Slice]

    private var plots: [String: String] = [:]

    private enum CodingKeys: CodingKey {
        case head, origin, basis, features, droppedFeatures, settings, questionCount, results,
            slices
    }

    /// - Parameter basis: says which time the figures are of.
    public init(_ fitted: FittedRanking, test: RankingTest, basis: String) throws(Fault) {
        let scored = test.scored(fitted)
        head = fitted.kind
        origin = fitted.model.origin
        self.basis = basis
        features = Explanation.names(of: fitted.model.head)
        droppedFeatures = fitted.droppedFeatures
        settings = fitted.settings
        questionCount = test.questionCount
        results = try test.results([scored])
        slices = Self.slices(test, scored)
        let curves = ScoreCurves(test.rows, scored.scores)
        plots["roc.svg"] = curves.roc.document
        plots["calibration.svg"] = curves.calibration.document
        plots["gain.svg"] = curves.gain.document
        if case .shapes(let shapes) = fitted.model.head {
            plots["shapes.svg"] = SVGPlot.document(shapes.shapes.map(\.plot), columns: 4)
        }
    }

    private static func slices(_ test: RankingTest, _ scored: ScoredTest) -> [Slice] {
        var groups: [String: [Int]] = [:]
        for (index, question) in test.rows.questions.enumerated() {
            for (name, value) in test.events.histories[question.user].attributes
            where !value.isEmpty {
                groups["\(name)=\(value)", default: []].append(index)
            }
        }
        return groups.filter { $0.value.count >= minQuestions }.sorted { $0.key < $1.key }.map {
            let metrics = RankingMetrics(
                test.evaluation.outcomes(scored, .next, among: $1), seed: test.seed)
            var (predicted, bought) = (0.0, 0.0)
            for question in $1 {
                for row in test.rows.starts[question]..<test.rows.starts[question + 1] {
                    let weight = Double(test.rows.weights[row])
                    predicted += weight * Double(Exponential.logistic(scored.scores[row]))
                    bought += weight * Double(test.rows.labels[row])
                }
            }
            return Slice(
                group: $0, questionCount: $1.count,
                areaUnderCurve: metrics.areaUnderCurve.value, ndcgAt10: metrics.ndcgAt10.value,
                predictedOverObserved: bought > 0 ? predicted / bought : 0)
        }
    }

    /// Writes `card.md`, `card.json` and the plots.
    public func write(to directory: String) throws(Fault) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            try encoder.encode(self).write(to: URL(filePath: directory + "/card.json"))
            try Data(markdown.utf8).write(to: URL(filePath: directory + "/card.md"))
            for (name, picture) in plots {
                try Data(picture.utf8).write(to: URL(filePath: directory + "/" + name))
            }
        } catch { throw NumPyArray.unwritable(directory, error) }
    }

    var markdown: String {
        let trained = Date(timeIntervalSince1970: Double(origin.trainedUntilUnixNanoseconds) / 1e9)
        var lines = [
            "# Ranking head: \(head.rawValue)", "",
            "Probability that a user who comes to buy takes an item within the days that were to be "
                + "foreseen. Trained on visits before \(trained.formatted(.iso8601)) "
                + "(\(origin.questionCount) visits, \(origin.rowCount) rows, seed \(origin.seed)) for "
                + "bundle `\(origin.bundleVersion.prefix(12))`. Figures are of \(basis): "
                + "\(questionCount) visits; intervals are 95%, from users drawn with replacement.",
            "",
            "| task | HR@10 | NDCG@10 | AUC | log-loss | calibration error |",
            "|---|---|---|---|---|---|",
        ]
        for result in results {
            let metrics = result.metrics
            let cells = [
                metrics.hitRateAt10, metrics.ndcgAt10, metrics.areaUnderCurve, metrics.logLoss,
                metrics.calibrationError,
            ].map { figure in
                figure.map { String(format: "%.4f (%.4f to %.4f)", $0.value, $0.low, $0.high) }
                    ?? ""
            }
            lines.append("| \(result.task.title) | " + cells.joined(separator: " | ") + " |")
        }
        lines += ["", "![ROC](roc.svg) ![Calibration](calibration.svg) ![Gain](gain.svg)", ""]
        if plots["shapes.svg"] != nil {
            lines += [
                "What each feature adds to the logit by its value, 0 where it is missing:", "",
                "![Shapes](shapes.svg)", "",
            ]
        }
        lines += ["## Groups", "", "| users | visits | NDCG@10 | AUC | predicted / observed |"]
        lines.append("|---|---|---|---|---|")
        for slice in slices {
            lines.append(
                String(
                    format: "| %@ | %d | %.4f | %.4f | %.2f |", slice.group, slice.questionCount,
                    slice.ndcgAt10, slice.areaUnderCurve, slice.predictedOverObserved))
        }
        lines += ["", "## Features", "", features.joined(separator: ", ") + ".", ""]
        if !droppedFeatures.isEmpty {
            lines += [
                "Dropped, as they hardly vary: \(droppedFeatures.joined(separator: ", ")).", "",
            ]
        }
        lines.append(
            "Settings: "
                + settings.sorted { $0.key < $1.key }
                .map { "\($0.key) " + String(format: "%.4g", $0.value) }.joined(separator: ", ")
                + ".")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ShapeHead.Shape {
    /// The shape over its axis.
    fileprivate var plot: SVGPlot {
        let count = Double(values.count - 1)
        let (low, high) = (Double(axis.low), Double(axis.high))
        let points = values.enumerated().map {
            SIMD2(low + (high - low) * Double($0) / count, Double($1))
        }
        let (least, most) = (Double(values.min() ?? 0), Double(values.max() ?? 1))
        let feature = FeatureSchema.features[axis.feature]
        return SVGPlot(
            title: feature.name, horizontal: "", vertical: "logits",
            range: (low...high, least...max(most, least + 1e-3)),
            lines: [.init(points: points)], width: 240, height: 170)
    }
}
