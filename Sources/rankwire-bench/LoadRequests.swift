import ArgumentParser
import Base
import Messages
import Store
import Synchronization

/// What is asked, and of which method.
enum LoadMethod: String, CaseIterable, ExpressibleByArgument {
    /// IntentService.ClassifyIntent, a text a request.
    case classify
    /// ScoringService.ScoreItems, for a described user, `--items` described items a request.
    case score

    var path: String {
        switch self {
        case .classify: "/rankwire.v1.IntentService/ClassifyIntent"
        case .score: "/rankwire.v1.ScoringService/ScoreItems"
        }
    }
}

/// What an answer says of itself.
struct LoadAnswer: Sendable {
    /// From the request's last byte to the reply's first.
    var serverNanoseconds: UInt64
    /// The time was up before all was done.
    var isPartial: Bool
    /// Of its text.
    var tokens = 0
    /// From when its text entered a batch to when that was done.
    var encodeNanoseconds: UInt64 = 0
}

/// The messages, made before the first is sent.
struct LoadRequests: Sendable {
    let path: String
    let messages: [[UInt8]]
    /// What an answer says of itself; nil for answers that are not read. The loop's thread.
    var read: (@Sendable (RawSpan) -> LoadAnswer?)?

    init(path: String, messages: [[UInt8]]) {
        self.path = path
        self.messages = messages
    }

    init(_ method: LoadMethod, texts: [String], itemsPerRequest: Int) {
        let codec = MessageCodec(limits: Limits())
        path = method.path
        messages = texts.indices.map { index in
            switch method {
            case .classify:
                codec.encodeClassifyIntentRequest(
                    ClassifyIntentRequest(text: texts[index], topK: 1, explain: false))
            case .score:
                codec.encodeScoreItemsRequest(
                    ScoreItemsRequest(
                        user: .inline(InlineUser(text: texts[index])),
                        items: (1...itemsPerRequest).map { offset in
                            Item(
                                id: "\(offset)", title: texts[(index + offset) % texts.count])
                        }))
            }
        }
    }

    /// The same, and answers to `classify` are read.
    var withAnswersRead: LoadRequests {
        reading { codec, bytes in
            guard let response = try? codec.decodeClassifyIntentResponse(bytes) else { return nil }
            return LoadAnswer(
                serverNanoseconds: UInt64(max(0, response.timings.totalNanoseconds)),
                isPartial: false, tokens: response.text.tokenCount,
                encodeNanoseconds: UInt64(max(0, response.timings.encodeNanoseconds)))
        }
    }

    /// The same, and answers are read by `decode`; nil for what is none.
    func reading(
        _ decode: @escaping @Sendable (MessageCodec, RawSpan) -> LoadAnswer?
    ) -> LoadRequests {
        var requests = self
        let loop = Mutex(LoopCodec())
        requests.read = { message in loop.withLock { decode($0.codec, message) } }
        return requests
    }
}

/// Belongs to the loop that reads; the lock around it is never waited for.
private struct LoopCodec: @unchecked Sendable {
    let codec = MessageCodec(limits: Limits())
}
