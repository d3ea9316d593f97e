import Base
import Foundation
import Messages
import Ranking

/// Prints a reply for machines: one JSON object, keys as in the protos.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Parts that several replies share.
enum JSONParts {
    struct Explanation: Encodable {
        struct Term: Encodable {
            var feature: String
            var value: Float
            var contribution: Float
        }

        struct Reasons: Encodable {
            var boughtItemIds: [String]
            var similarItemId: String
            var newUser: Bool
            var newItem: Bool
        }

        struct Change: Encodable {
            var feature: String
            var fromValue: Float
            var toValue: Float
        }

        var bias: Float
        var terms: [Term]
        var reasons: Reasons?
        var counterfactual: Change?

        init?(_ explanation: Ranking.Explanation?, row: Int) {
            guard let explanation, row < explanation.rowCount else { return nil }
            let count = explanation.featureNames.count
            bias = explanation.bias
            terms = (0..<count).map {
                Term(
                    feature: explanation.featureNames[$0],
                    value: explanation.values[row * count + $0],
                    contribution: explanation.contributions[row * count + $0])
            }
            if row < explanation.reasons.count {
                let found = explanation.reasons[row]
                reasons = Reasons(
                    boughtItemIds: found.boughtItemIds, similarItemId: found.similarItemId,
                    newUser: found.isNewUser, newItem: found.isNewItem)
            }
            if row < explanation.counterfactuals.count,
                let found = explanation.counterfactuals[row]
            {
                counterfactual = Change(
                    feature: found.featureName, fromValue: found.fromValue,
                    toValue: found.toValue)
            }
        }
    }

    struct Failure: Encodable {
        var index: Int
        var id: String
        var code: String
        var message: String

        init(_ failure: CandidateFailure) {
            index = failure.index
            id = failure.id
            code = failure.fault.code.name
            message = failure.fault.message
        }
    }

    struct Timings: Encodable {
        var queueNanos: Int64
        var tokenizeNanos: Int64
        var encodeNanos: Int64
        var scoreNanos: Int64
        var totalNanos: Int64

        init(_ timings: Messages.Timings) {
            queueNanos = timings.queueNanoseconds
            tokenizeNanos = timings.tokenizeNanoseconds
            encodeNanos = timings.encodeNanoseconds
            scoreNanos = timings.scoreNanoseconds
            totalNanos = timings.totalNanoseconds
        }
    }
}

/// The line under an answer: how long the server took, and with what.
func footer(_ timings: Timings, bundleVersion: String, failures: [CandidateFailure]) -> [String] {
    var lines = [
        Terminal.dim(
            "answered in \(Terminal.duration(nanoseconds: timings.totalNanoseconds)) "
                + "(scoring \(Terminal.duration(nanoseconds: timings.scoreNanoseconds)), "
                + "encoding \(Terminal.duration(nanoseconds: timings.encodeNanoseconds))) "
                + "by bundle \(bundleVersion.prefix(12))")
    ]
    for failure in failures.prefix(5) {
        lines.append(
            Terminal.red(
                "not scored: candidate \(failure.index) \(Terminal.printable(failure.id)): "
                    + failure.fault.message))
    }
    if failures.count > 5 { lines.append("... and \(failures.count - 5) more not scored") }
    return lines
}
