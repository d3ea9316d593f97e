// What several replies carry: timings, how texts were read, candidates that failed, explanations.

public import Base
internal import CMessages
internal import Ranking

/// Where the time of a call went (rankwire.v1.Timings).
public struct Timings: Sendable, Equatable {
    public var queueNanoseconds: Int64 = 0
    public var tokenizeNanoseconds: Int64 = 0
    public var encodeNanoseconds: Int64 = 0
    public var scoreNanoseconds: Int64 = 0
    public var totalNanoseconds: Int64 = 0

    public init() {}
}

/// How one text was read (rankwire.v1.TextInfo).
public struct TextInfo: Sendable, Equatable {
    public var tokenCount: Int
    public var truncated: Bool
    /// Words that the model has no pieces for. Not on the wire.
    public var unknownWordCount = 0

    public init(tokenCount: Int, truncated: Bool) {
        self.tokenCount = tokenCount
        self.truncated = truncated
    }
}

/// A candidate that could not be scored (rankwire.v1.CandidateFailure).
public struct CandidateFailure: Sendable, Equatable {
    /// Its place in the request.
    public var index: Int
    public var id: String
    public var fault: Fault

    public init(index: Int, id: String, fault: Fault) {
        self.index = index
        self.id = id
        self.fault = fault
    }
}

extension MessageCodec {
    func makeTimings(_ timings: Timings) -> UnsafeMutablePointer<Rankwire__V1__Timings> {
        let message = arena.make(rankwire__v1__timings__init)
        message.pointee.queue_nanos = timings.queueNanoseconds
        message.pointee.tokenize_nanos = timings.tokenizeNanoseconds
        message.pointee.encode_nanos = timings.encodeNanoseconds
        message.pointee.score_nanos = timings.scoreNanoseconds
        message.pointee.total_nanos = timings.totalNanoseconds
        return message
    }

    func timings(_ message: UnsafePointer<Rankwire__V1__Timings>?) -> Timings {
        var timings = Timings()
        guard let message = message?.pointee else { return timings }
        timings.queueNanoseconds = message.queue_nanos
        timings.tokenizeNanoseconds = message.tokenize_nanos
        timings.encodeNanoseconds = message.encode_nanos
        timings.scoreNanoseconds = message.score_nanos
        timings.totalNanoseconds = message.total_nanos
        return timings
    }

    func makeTextInfo(_ text: TextInfo) -> UnsafeMutablePointer<Rankwire__V1__TextInfo> {
        let message = arena.make(rankwire__v1__text_info__init)
        message.pointee.token_count = UInt32(text.tokenCount)
        message.pointee.truncated = text.truncated ? 1 : 0
        return message
    }

    func textInfo(_ message: UnsafePointer<Rankwire__V1__TextInfo>?) -> TextInfo? {
        message.map {
            TextInfo(
                tokenCount: Int($0.pointee.token_count), truncated: $0.pointee.truncated != 0)
        }
    }

    func makeFailures(
        _ failures: [CandidateFailure]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__CandidateFailure>?>? {
        arena.makeArray(failures.count, rankwire__v1__candidate_failure__init) { message, i in
            message.pointee.index = UInt32(failures[i].index)
            message.pointee.id = arena.makeString(failures[i].id)
            message.pointee.status = makeStatus(failures[i].fault)
        }
    }

    func failures(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__CandidateFailure>?>?,
        count: Int
    ) -> [CandidateFailure] {
        (0..<count).map {
            let message = messages![$0]!.pointee
            return CandidateFailure(
                index: Int(message.index), id: text(message.id),
                fault: message.status.map { fault($0.pointee) }
                    ?? Fault(.unknown, reason: "", "no status"))
        }
    }

    func makeExplanation(
        _ explanation: Explanation
    ) -> UnsafeMutablePointer<Rankwire__V1__Explanation> {
        let message = arena.make(rankwire__v1__explanation__init)
        message.pointee.n_feature_names = explanation.featureNames.count
        message.pointee.feature_names = arena.makeStrings(explanation.featureNames)
        message.pointee.bias = explanation.bias
        message.pointee.n_values = explanation.values.count
        message.pointee.values = arena.makeFloats(explanation.values)
        message.pointee.n_contributions = explanation.contributions.count
        message.pointee.contributions = arena.makeFloats(explanation.contributions)
        message.pointee.row_count = UInt32(explanation.rowCount)
        message.pointee.n_left_out = explanation.leftOut.count
        message.pointee.left_out = arena.makeStrings(explanation.leftOut)
        fill(message, reasons: explanation.reasons)
        fill(message, counterfactuals: explanation.counterfactuals)
        return message
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__Explanation>, reasons: [ItemReasons]
    ) {
        message.pointee.n_reasons = reasons.count
        message.pointee.reasons = arena.makeArray(
            reasons.count, rankwire__v1__item_reasons__init
        ) { message, index in
            let row = reasons[index]
            message.pointee.n_bought_item_ids = row.boughtItemIds.count
            message.pointee.bought_item_ids = arena.makeStrings(row.boughtItemIds)
            message.pointee.similar_item_id = arena.makeString(row.similarItemId)
            message.pointee.new_user = row.isNewUser ? 1 : 0
            message.pointee.new_item = row.isNewItem ? 1 : 0
        }
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__Explanation>,
        counterfactuals: [Counterfactual?]
    ) {
        message.pointee.n_counterfactuals = counterfactuals.count
        message.pointee.counterfactuals = arena.makeArray(
            counterfactuals.count, rankwire__v1__counterfactual__init
        ) { message, index in
            guard let row = counterfactuals[index] else { return }
            message.pointee.feature_name = arena.makeString(row.featureName)
            message.pointee.from_value = row.fromValue
            message.pointee.to_value = row.toValue
        }
    }

    /// nil when absent or when its parts do not fit together.
    func explanation(_ message: UnsafePointer<Rankwire__V1__Explanation>?) -> Explanation? {
        guard let message = message?.pointee else { return nil }
        let names = (0..<message.n_feature_names).map { text(message.feature_names[$0]) }
        let cells = names.count * Int(message.row_count)
        guard message.n_values == cells, message.n_contributions == cells else { return nil }
        var explanation = Explanation(
            featureNames: names, bias: message.bias,
            values: Array(UnsafeBufferPointer(start: message.values, count: cells)),
            contributions: Array(UnsafeBufferPointer(start: message.contributions, count: cells)),
            rowCount: Int(message.row_count))
        explanation.leftOut = (0..<message.n_left_out).map { text(message.left_out[$0]) }
        explanation.reasons = (0..<message.n_reasons).map { index in
            let row = message.reasons[index]!.pointee
            return ItemReasons(
                boughtItemIds: (0..<row.n_bought_item_ids).map { text(row.bought_item_ids[$0]) },
                similarItemId: text(row.similar_item_id), isNewUser: row.new_user != 0,
                isNewItem: row.new_item != 0)
        }
        explanation.counterfactuals = (0..<message.n_counterfactuals).map { index in
            let row = message.counterfactuals[index]!.pointee
            let name = text(row.feature_name)
            return name.isEmpty
                ? nil
                : Counterfactual(
                    featureName: name, fromValue: row.from_value, toValue: row.to_value)
        }
        return explanation
    }
}
