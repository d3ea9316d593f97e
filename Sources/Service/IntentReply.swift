// What ClassifyIntent and ClassifyIntents say of one sentence, from its vector.

internal import Base
internal import Inference
internal import Intents
internal import Messages
internal import Store

/// A sentence with all that its reply is made from. A worker may make it.
struct IntentReply: Sendable {
    /// Of a text, before the model cannot read it.
    private static let maxUnreadableShare = 0.5

    let models: ServingModels
    let classifier: IntentClassifier
    let topK: Int
    let explain: Bool

    /// - Parameters:
    ///   - context: of the text together with what was said before.
    ///   - facts: by name, of the caller's; `attributes` of the user's.
    func make(
        text: String, vector: Int8Vector, context: Int8Vector? = nil, info: TextInfo,
        facts: [String: String] = [:], attributes: [String: String] = [:]
    ) -> ClassifyIntentResponse {
        var classified = classifier.classify(vector, topK: topK, explain: explain)
        var response = ClassifyIntentResponse()
        let words = Words(text)
        var saysSomething = words.saysSomething
        if classified.isOutOfScope || !saysSomething, let context {
            let together = classifier.classify(context, topK: topK, explain: explain)
            if !together.isOutOfScope {
                (classified, saysSomething, response.usedPreviousTurns) = (together, true, true)
            }
        }
        let unreadable = models.tokenizer.unreadableShare(
            of: text, tokenCount: info.tokenCount, unknownCount: info.unknownWordCount)
        let canRead = unreadable <= Self.maxUnreadableShare
        let isOutOfScope = classified.isOutOfScope || !canRead || !saysSomething
        let entities = models.entities.read(words)
        let mood = Mood(words)
        var needsLookup = false
        if !isOutOfScope, !classified.answer.isEmpty {
            var known = attributes
            for entity in entities.reversed() {
                known[entity.kind.fact] =
                    entity.kind == .product
                    ? models.catalog.items.row(of: entity.value).map {
                        models.catalog.items.item(at: $0).title
                    } : entity.value
            }
            known.merge(facts) { _, own in own }
            let filled = AnswerTemplate(classified.answer).filled(with: known)
            response.answer = filled.text
            response.missingFacts = filled.missing
            needsLookup = filled.needsLookup
        }
        if isOutOfScope, canRead, saysSomething {
            response.passages = HelpSearch(models.catalog.articles).passages(for: vector)
                .map(ClassifyIntentResponse.Passage.init)
        }
        let best = classified.intents.first
        response.handOver =
            HandOver.reason(
                intent: best?.name, probability: best?.probability ?? 0,
                isOutOfScope: isOutOfScope, hasPassages: !response.passages.isEmpty,
                canRead: canRead, mood: mood, needsLookup: needsLookup
            )?.rawValue ?? ""
        response.intents = classified.intents.map { score in
            ClassifyIntentResponse.Score(
                intent: score.name, score: score.score, probability: score.probability,
                nearestExamples: score.nearestExamples.map {
                    .init(text: $0.text, similarity: $0.similarity)
                })
        }
        response.outOfScope = isOutOfScope
        response.outOfScopeProbability =
            canRead && saysSomething ? classified.outOfScopeProbability : 1
        response.threshold = classified.threshold
        response.entities = entities.map {
            .init(kind: $0.kind.rawValue, value: $0.value, range: $0.range)
        }
        response.sentiment = mood.sentiment
        response.urgency = mood.urgency
        response.unsupportedLanguage = !canRead
        response.text = info
        response.bundleVersion = models.card.bundleVersion
        return response
    }
}

extension ClassifyIntentResponse.Passage {
    fileprivate init(_ found: HelpPassage) {
        self.init(
            articleId: found.article.id, title: found.article.title, url: found.article.url,
            labels: found.article.labels, text: found.text, score: found.score,
            bestSentence: found.bestSentence)
    }
}

extension Entity.Kind {
    /// The name of the answer's place that it fills.
    fileprivate var fact: String { self == .product ? "item" : rawValue }
}
