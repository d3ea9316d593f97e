internal import Base
private import Foundation

extension AdDelivery {
    /// The same text for the same value: a row that is there just so is not written again.
    var stored: String {
        if self == AdDelivery() { return "" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // It fails for numbers that are not finite, and there are none.
        guard let data = try? encoder.encode(self) else { preconditionFailure("not JSON") }
        return String(decoding: data, as: UTF8.self)
    }

    /// - Throws: DATA_LOSS for what `stored` did not write.
    init(stored: String) throws(Fault) {
        if stored.isEmpty {
            self.init()
            return
        }
        do {
            self = try JSONDecoder().decode(AdDelivery.self, from: Data(stored.utf8))
        } catch {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT",
                "the store is damaged: the delivery of an ad is not readable")
        }
    }
}
