// rankwire.v1.IntentService.

public import Base
internal import CMessages

/// rankwire.v1.ClassifyIntentRequest, checked.
public struct ClassifyIntentRequest: Sendable, Equatable {
    public var text: String
    /// At least 1.
    public var topK: Int
    public var explain: Bool

    public init(text: String, topK: Int = 3, explain: Bool = false) {
        self.text = text
        self.topK = topK
        self.explain = explain
    }
}

/// rankwire.v1.ClassifyIntentResponse.
public struct ClassifyIntentResponse: Sendable {
    public struct Example: Sendable, Equatable {
        public var text: String
        public var similarity: Float

        public init(text: String, similarity: Float) {
            self.text = text
            self.similarity = similarity
        }
    }

    public struct Score: Sendable, Equatable {
        public var intent: String
        public var score: Float
        public var nearestExamples: [Example]

        public init(intent: String, score: Float, nearestExamples: [Example]) {
            self.intent = intent
            self.score = score
            self.nearestExamples = nearestExamples
        }
    }

    /// Best first.
    public var intents: [Score]
    public var outOfScope: Bool
    public var threshold: Float
    public var answer: String
    public var text: TextInfo
    public var timings: Timings
    public var bundleVersion: String

    public init(
        intents: [Score], outOfScope: Bool, threshold: Float, answer: String, text: TextInfo,
        timings: Timings, bundleVersion: String
    ) {
        self.intents = intents
        self.outOfScope = outOfScope
        self.threshold = threshold
        self.answer = answer
        self.text = text
        self.timings = timings
        self.bundleVersion = bundleVersion
    }
}

extension MessageCodec {
    private static let defaultTopK = 3

    public func decodeClassifyIntentRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ClassifyIntentRequest {
        let message = try unpack(bytes, rankwire__v1__classify_intent_request__unpack).pointee
        let text = try string(message.text, "text", maxBytes: limits.maxTextBytes)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw .invalid("text", "must not be empty")
        }
        return ClassifyIntentRequest(
            text: text, topK: message.top_k == 0 ? Self.defaultTopK : Int(message.top_k),
            explain: message.explain != 0)
    }

    public func encodeClassifyIntentResponse(_ response: ClassifyIntentResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__classify_intent_response__init)
        let intents = response.intents
        message.pointee.n_intents = intents.count
        message.pointee.intents = arena.makeArray(
            intents.count, rankwire__v1__intent_score__init
        ) { score, i in
            let examples = intents[i].nearestExamples
            score.pointee.intent = arena.makeString(intents[i].intent)
            score.pointee.score = intents[i].score
            score.pointee.n_nearest_examples = examples.count
            score.pointee.nearest_examples = arena.makeArray(
                examples.count, rankwire__v1__intent_example__init
            ) { example, j in
                example.pointee.text = arena.makeString(examples[j].text)
                example.pointee.similarity = examples[j].similarity
            }
        }
        message.pointee.out_of_scope = response.outOfScope ? 1 : 0
        message.pointee.threshold = response.threshold
        message.pointee.answer = arena.makeString(response.answer)
        message.pointee.text = makeTextInfo(response.text)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        return pack(message)
    }

    public func encodeClassifyIntentRequest(_ request: ClassifyIntentRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__classify_intent_request__init)
        message.pointee.text = arena.makeString(request.text)
        message.pointee.top_k = UInt32(request.topK)
        message.pointee.explain = request.explain ? 1 : 0
        return pack(message)
    }

    public func decodeClassifyIntentResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ClassifyIntentResponse {
        let message = try unpack(bytes, rankwire__v1__classify_intent_response__unpack).pointee
        return ClassifyIntentResponse(
            intents: (0..<message.n_intents).map {
                let score = message.intents[$0]!.pointee
                return ClassifyIntentResponse.Score(
                    intent: text(score.intent), score: score.score,
                    nearestExamples: (0..<score.n_nearest_examples).map {
                        let example = score.nearest_examples[$0]!.pointee
                        return ClassifyIntentResponse.Example(
                            text: text(example.text), similarity: example.similarity)
                    })
            },
            outOfScope: message.out_of_scope != 0, threshold: message.threshold,
            answer: text(message.answer),
            text: textInfo(message.text) ?? TextInfo(tokenCount: 0, truncated: false),
            timings: timings(message.timings), bundleVersion: text(message.bundle_version))
    }
}
