import Foundation
import Messages
import Store

/// A profile as `profile show --json` and `profile export` print it.
struct ProfileReport: Encodable {
    struct Share: Encodable {
        var name: String
        var share: Float
    }

    struct Timed: Encodable {
        var name: String
        var time: String
    }

    struct Purchases: Encodable {
        var count: Int64
        var lastTime: String?
        /// Amount and currency, e.g. "12.34 USD".
        var total: String?
    }

    var eventCount: Int64
    var lastEventTime: String?
    var recentItems: [Timed]
    var recentSearches: [Timed]
    var categories: [Share]
    var brands: [Share]
    var typicalPrice: Double?
    var purchases: Purchases?
    var attributes: [String: String]

    init(_ profile: Profile) {
        eventCount = profile.eventCount
        lastEventTime = profile.lastEventUnixNanoseconds.map(timeText)
        recentItems = profile.recentItems.map {
            Timed(name: $0.itemId, time: timeText($0.unixNanoseconds))
        }
        recentSearches = profile.searches.map {
            Timed(name: $0.text, time: timeText($0.unixNanoseconds))
        }
        categories = Self.shares(profile.categoryAffinity)
        brands = Self.shares(profile.brandAffinity)
        typicalPrice = profile.logPriceMean.map { exp(Double($0)) }
        if profile.rfm.purchaseCount > 0 {
            let rfm = profile.rfm
            purchases = Purchases(
                count: rfm.purchaseCount,
                lastTime: rfm.lastPurchaseUnixNanoseconds.map(timeText),
                total: rfm.currencyCode.isEmpty
                    ? nil
                    : moneyText(Money(micros: rfm.totalMicros, currencyCode: rfm.currencyCode)))
        }
        attributes = profile.attributes
    }

    private static func shares(_ shares: [String: Float]) -> [Share] {
        shares.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .map { Share(name: $0.key, share: $0.value) }
    }
}

/// A stored event as `profile export` prints it; what is absent is left out.
struct EventReport: Encodable {
    var eventId: String
    var type: String
    var time: String
    var itemId: String?
    var quantity: Int32
    var value: String?
    var rating: Float?
    var channel: String?
    var device: String?
    var query: String?
    var text: String?
    var position: Int32?
    var dwellMillis: Int64?
    var attributes: [String: String]?

    init(_ event: Event) {
        func present(_ text: String) -> String? { text.isEmpty ? nil : text }
        eventId = event.eventId
        type = "\(event.type)"
        time = timeText(event.unixNanoseconds)
        itemId = present(event.itemId)
        quantity = event.quantity
        value = event.value.map(moneyText)
        rating = event.rating
        channel = present(event.channel)
        device = present(event.device)
        query = present(event.query)
        text = present(event.text)
        position = event.position == 0 ? nil : event.position
        dwellMillis = event.dwellMilliseconds == 0 ? nil : event.dwellMilliseconds
        attributes = event.attributes.isEmpty ? nil : event.attributes
    }
}

/// ISO 8601 in UTC, to the second.
private func timeText(_ unixNanoseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(unixNanoseconds) / 1e9)
        .formatted(.iso8601)
}

private func moneyText(_ money: Money) -> String {
    String(format: "%.2f", Double(money.micros) / 1e6) + " \(money.currencyCode)"
}
