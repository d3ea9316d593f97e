// rankwire.v1.IntentService.

public import Base
internal import CMessages

/// rankwire.v1.ClassifyIntentRequest, checked.
public struct ClassifyIntentRequest: Sendable, Equatable {
    public var text: String
    /// At least 1.
    public var topK: Int
    public var explain: Bool
    /// Oldest first.
    public var previousTurns: [String] = []
    /// As the caller wrote it, a pseudonym must be made of it at once; empty for nobody.
    public var userId = ""
    public var facts: [String: String] = [:]
    public var explainsWords = false

    public init(text: String, topK: Int = 3, explain: Bool = false) {
        self.text = text
        self.topK = topK
        self.explain = explain
    }
}

/// rankwire.v1.ClassifyIntentsRequest, checked.
public struct ClassifyIntentsRequest: Sendable {
    /// Empty where there is a failure.
    public var texts: [String] = []
    public var failures: [CandidateFailure] = []
    /// At least 1.
    public var topK = 3
    public var explain = false

    public init() {}
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
        public var probability: Float
        public var nearestExamples: [Example]

        public init(
            intent: String, score: Float, probability: Float, nearestExamples: [Example]
        ) {
            self.intent = intent
            self.score = score
            self.probability = probability
            self.nearestExamples = nearestExamples
        }
    }

    public struct Entity: Sendable, Equatable {
        public var kind: String
        public var value: String
        /// In the text, in UTF-8 bytes.
        public var range: Range<Int>

        public init(kind: String, value: String, range: Range<Int>) {
            self.kind = kind
            self.value = value
            self.range = range
        }
    }

    public struct Word: Sendable, Equatable {
        public var word: String
        public var importance: Float

        public init(word: String, importance: Float) {
            self.word = word
            self.importance = importance
        }
    }

    /// Best first.
    public var intents: [Score] = []
    public var outOfScope = false
    public var outOfScopeProbability: Float = 0
    public var threshold: Float = 0
    public var answer = ""
    public var missingFacts: [String] = []
    public var entities: [Entity] = []
    public var sentiment: Float = 0
    public var urgency: Float = 0
    /// Empty when no person need take over.
    public var handOver = ""
    public var words: [Word] = []
    /// Best first.
    public var passages: [Passage] = []
    public var unsupportedLanguage = false
    public var usedPreviousTurns = false
    public var text = TextInfo(tokenCount: 0, truncated: false)
    public var timings = Timings()
    public var bundleVersion = ""

    public init() {}
}

extension MessageCodec {
    private static let defaultTopK = 3
    private static let maxPreviousTurns = 8
    private static let maxSentences = 256

    public func decodeClassifyIntentRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ClassifyIntentRequest {
        let message = try unpack(bytes, rankwire__v1__classify_intent_request__unpack).pointee
        let text = try string(message.text, "text", maxBytes: limits.maxTextBytes)
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw .invalid("text", "must not be empty")
        }
        var request = ClassifyIntentRequest(
            text: text, topK: message.top_k == 0 ? Self.defaultTopK : Int(message.top_k),
            explain: message.explain != 0)
        guard message.n_previous_turns <= Self.maxPreviousTurns else {
            throw .invalid(
                "previous_turns",
                "has \(message.n_previous_turns) turns, at most \(Self.maxPreviousTurns) are allowed"
            )
        }
        for i in 0..<message.n_previous_turns {
            request.previousTurns.append(
                try string(
                    message.previous_turns[i], "previous_turns[\(i)]", maxBytes: limits.maxTextBytes
                )
            )
        }
        request.userId = try string(message.user_id, "user_id", maxBytes: limits.maxIdBytes)
        request.facts = try attributes(
            count: message.n_facts, "facts", key: { message.facts[$0]!.pointee.key },
            value: { message.facts[$0]!.pointee.value })
        request.explainsWords = message.explain_words != 0
        return request
    }

    public func encodeClassifyIntentResponse(_ response: ClassifyIntentResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__classify_intent_response__init)
        fill(message, response)
        return pack(message)
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__ClassifyIntentResponse>,
        _ response: ClassifyIntentResponse
    ) {
        let intents = response.intents
        message.pointee.n_intents = intents.count
        message.pointee.intents = arena.makeArray(
            intents.count, rankwire__v1__intent_score__init
        ) { score, i in
            let examples = intents[i].nearestExamples
            score.pointee.intent = arena.makeString(intents[i].intent)
            score.pointee.score = intents[i].score
            score.pointee.probability = intents[i].probability
            score.pointee.n_nearest_examples = examples.count
            score.pointee.nearest_examples = arena.makeArray(
                examples.count, rankwire__v1__intent_example__init
            ) { example, j in
                example.pointee.text = arena.makeString(examples[j].text)
                example.pointee.similarity = examples[j].similarity
            }
        }
        message.pointee.out_of_scope = response.outOfScope ? 1 : 0
        message.pointee.out_of_scope_probability = response.outOfScopeProbability
        message.pointee.threshold = response.threshold
        message.pointee.answer = arena.makeString(response.answer)
        message.pointee.n_missing_facts = response.missingFacts.count
        message.pointee.missing_facts = arena.makeStrings(response.missingFacts)
        let entities = response.entities
        message.pointee.n_entities = entities.count
        message.pointee.entities = arena.makeArray(
            entities.count, rankwire__v1__intent_entity__init
        ) { entity, i in
            entity.pointee.kind = arena.makeString(entities[i].kind)
            entity.pointee.value = arena.makeString(entities[i].value)
            entity.pointee.start_byte = UInt32(entities[i].range.lowerBound)
            entity.pointee.end_byte = UInt32(entities[i].range.upperBound)
        }
        message.pointee.sentiment = response.sentiment
        message.pointee.urgency = response.urgency
        message.pointee.hand_over = arena.makeString(response.handOver)
        let words = response.words
        message.pointee.n_words = words.count
        message.pointee.words = arena.makeArray(
            words.count, rankwire__v1__intent_word__init
        ) { word, i in
            word.pointee.word = arena.makeString(words[i].word)
            word.pointee.importance = words[i].importance
        }
        message.pointee.n_passages = response.passages.count
        message.pointee.passages = makePassages(response.passages)
        message.pointee.unsupported_language = response.unsupportedLanguage ? 1 : 0
        message.pointee.used_previous_turns = response.usedPreviousTurns ? 1 : 0
        message.pointee.text = makeTextInfo(response.text)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
    }

    /// Texts that cannot be read stay empty, with a failure each.
    public func decodeClassifyIntentsRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ClassifyIntentsRequest {
        let message = try unpack(bytes, rankwire__v1__classify_intents_request__unpack).pointee
        guard (1...Self.maxSentences).contains(message.n_texts) else {
            throw .invalid(
                "texts", "has \(message.n_texts) texts, 1 to \(Self.maxSentences) are allowed")
        }
        var request = ClassifyIntentsRequest()
        request.topK = message.top_k == 0 ? Self.defaultTopK : Int(message.top_k)
        request.explain = message.explain != 0
        for i in 0..<message.n_texts {
            do throws(Fault) {
                let text = try string(
                    message.texts[i], "texts[\(i)]", maxBytes: limits.maxTextBytes)
                guard text.contains(where: { !$0.isWhitespace }) else {
                    throw .invalid("texts[\(i)]", "must not be empty")
                }
                request.texts.append(text)
            } catch {
                request.texts.append("")
                request.failures.append(CandidateFailure(index: i, id: "", fault: error))
            }
        }
        return request
    }

    public func encodeClassifyIntentsResponse(
        _ results: [ClassifyIntentResponse], failures: [CandidateFailure], timings: Timings,
        bundleVersion: String
    ) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__classify_intents_response__init)
        message.pointee.n_results = results.count
        message.pointee.results = arena.makeArray(
            results.count, rankwire__v1__classify_intent_response__init
        ) { fill($0, results[$1]) }
        message.pointee.n_failures = failures.count
        message.pointee.failures = makeFailures(failures)
        message.pointee.timings = makeTimings(timings)
        message.pointee.bundle_version = arena.makeString(bundleVersion)
        return pack(message)
    }

    /// Facts are not sent: the client that uses this has none.
    public func encodeClassifyIntentRequest(_ request: ClassifyIntentRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__classify_intent_request__init)
        message.pointee.text = arena.makeString(request.text)
        message.pointee.top_k = UInt32(request.topK)
        message.pointee.explain = request.explain ? 1 : 0
        message.pointee.n_previous_turns = request.previousTurns.count
        message.pointee.previous_turns = arena.makeStrings(request.previousTurns)
        message.pointee.user_id = arena.makeString(request.userId)
        message.pointee.explain_words = request.explainsWords ? 1 : 0
        return pack(message)
    }

    public func decodeClassifyIntentResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ClassifyIntentResponse {
        let message = try unpack(bytes, rankwire__v1__classify_intent_response__unpack).pointee
        var response = ClassifyIntentResponse()
        response.intents = (0..<message.n_intents).map {
            let score = message.intents[$0]!.pointee
            return ClassifyIntentResponse.Score(
                intent: text(score.intent), score: score.score, probability: score.probability,
                nearestExamples: (0..<score.n_nearest_examples).map {
                    let example = score.nearest_examples[$0]!.pointee
                    return ClassifyIntentResponse.Example(
                        text: text(example.text), similarity: example.similarity)
                })
        }
        response.outOfScope = message.out_of_scope != 0
        response.outOfScopeProbability = message.out_of_scope_probability
        response.threshold = message.threshold
        response.answer = text(message.answer)
        response.missingFacts = (0..<message.n_missing_facts).map {
            text(message.missing_facts[$0])
        }
        response.entities = (0..<message.n_entities).map {
            let entity = message.entities[$0]!.pointee
            return ClassifyIntentResponse.Entity(
                kind: text(entity.kind), value: text(entity.value),
                range: Int(entity.start_byte)..<max(Int(entity.start_byte), Int(entity.end_byte)))
        }
        response.sentiment = message.sentiment
        response.urgency = message.urgency
        response.handOver = text(message.hand_over)
        response.words = (0..<message.n_words).map {
            let word = message.words[$0]!.pointee
            return ClassifyIntentResponse.Word(word: text(word.word), importance: word.importance)
        }
        response.passages = passages(message)
        response.unsupportedLanguage = message.unsupported_language != 0
        response.usedPreviousTurns = message.used_previous_turns != 0
        response.text = textInfo(message.text) ?? response.text
        response.timings = timings(message.timings)
        response.bundleVersion = text(message.bundle_version)
        return response
    }
}
