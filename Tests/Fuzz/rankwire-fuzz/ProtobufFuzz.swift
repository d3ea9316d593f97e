// Every request that a caller can send, decoded from anything.

import Base
import Messages
import Store

enum ProtobufFuzz {
    // Safe: libFuzzer runs one input after the other on one thread.
    nonisolated(unsafe) private static let codec = MessageCodec(limits: Limits())

    /// The first byte chooses the message.
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return }
        let message = UnsafeRawBufferPointer(rebasing: bytes.dropFirst()).bytes
        // What does not decode is a Fault; anything else is found by the sanitizers.
        switch first % 13 {
        case 0: _ = try? codec.decodeScoreItemsRequest(message)
        case 1: _ = try? codec.decodeScoreAdsRequest(message)
        case 2: _ = try? codec.decodeClassifyIntentRequest(message)
        case 3: _ = try? codec.decodeIngestEventsRequest(message)
        case 4: _ = try? codec.decodeReflectionRequest(message)
        case 5: _ = try? codec.decodeHealthCheckRequest(message)
        case 6: _ = try? codec.decodeScoreItemsStreamRequest(message)
        case 7: _ = try? codec.decodeStatus(message)
        case 8: _ = try? codec.decodeIngestEventsStreamRequest(message)
        case 9: each { _ = try? codec.decodeUpsertRequest(message, $0) }
        case 10: each { _ = try? codec.decodeListRequest(message, $0) }
        case 12: _ = try? codec.decodeFindItemsRequest(message, .search)
        default: each { _ = try? codec.decodeEntryRequest(message, $0) }
        }
    }

    private static func each(_ body: (CatalogKind) -> Void) {
        for kind in CatalogKind.allCases { body(kind) }
    }
}
