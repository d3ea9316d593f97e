import ArgumentParser
import Base
import Messages
import Store

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

/// The messages, made before the first is sent.
struct LoadRequests: Sendable {
    let path: String
    let messages: [[UInt8]]

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
}
