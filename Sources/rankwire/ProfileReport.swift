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
        var average: String?
        var dayCount: Int64
        var quintiles: Fifths?
    }

    /// 1 to 5, 5 the best; 0 unknown.
    struct Fifths: Encodable {
        var recency: Int
        var frequency: Int
        var monetary: Int
    }

    struct Interest: Encodable {
        var itemId: String
        var itemCount: Int
        var share: Float
    }

    struct Segment: Encodable {
        var segmentId: String
        var name: String
    }

    var eventCount: Int64
    var lastEventTime: String?
    var recentItems: [Timed]
    var recentSearches: [Timed]
    var categories: [Share]
    var brands: [Share]
    var priceBands: [Share]
    var interests: [Interest]
    var activity: ActivityReport?
    var segment: Segment?
    var typicalPrice: Double?
    var purchases: Purchases?
    var attributes: [String: String]
    /// By attribute.
    var attributeLabels: [String: String]
    var leftOut: [String]

    init(_ view: ProfileView) {
        let profile = view.profile
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
        priceBands = Self.shares(profile.priceBandAffinity)
        interests = profile.interests.map {
            Interest(
                itemId: profile.recentItems[$0.leader].itemId, itemCount: $0.itemCount,
                share: $0.share)
        }
        activity = profile.activity.weeks.isEmpty ? nil : ActivityReport(profile.activity)
        segment = view.segment.map { Segment(segmentId: $0.id, name: $0.name) }
        typicalPrice = profile.logPriceMean.map { exp(Double($0)) }
        let rfm = profile.rfm
        if rfm.purchaseCount > 0 || rfm.paidCount > 0 {
            func amount(_ micros: Int64) -> String? {
                rfm.currencyCode.isEmpty
                    ? nil : moneyText(Money(micros: micros, currencyCode: rfm.currencyCode))
            }
            purchases = Purchases(
                count: rfm.purchaseCount,
                lastTime: rfm.lastPurchaseUnixNanoseconds.map(timeText),
                total: amount(rfm.totalMicros), average: rfm.averageMicros.flatMap(amount),
                dayCount: rfm.purchaseDayCount,
                quintiles: view.quintiles.map {
                    Fifths(
                        recency: $0.recency, frequency: $0.frequency, monetary: $0.monetary)
                })
        }
        attributes = profile.attributes
        attributeLabels = Dictionary(
            uniqueKeysWithValues: profile.attributes.keys.map {
                ($0, DataLabel(attribute: $0).rawValue)
            })
        leftOut = view.leftOut
    }

    static func shares(_ shares: [String: Float]) -> [Share] {
        shares.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .map { Share(name: $0.key, share: $0.value) }
    }
}

/// When and how a user is active, UTC.
struct ActivityReport: Encodable {
    struct Week: Encodable {
        var events: UInt32
        var purchases: UInt32
        /// In units of the purchases' currency.
        var spent: Double
    }

    var hours: [UInt32]
    /// Monday first.
    var weekdays: [UInt32]
    var types: [String: UInt32]
    var channels: [String: UInt32]
    var devices: [String: UInt32]
    /// The last one last.
    var weeks: [Week]

    init(_ activity: Activity) {
        hours = activity.hours
        weekdays = activity.weekdays
        types = Dictionary(
            uniqueKeysWithValues: EventType.allCases.map { ("\($0)", activity.count(of: $0)) }
        ).filter { $0.value > 0 }
        channels = activity.channels
        devices = activity.devices
        weeks = activity.weeks.map {
            Week(
                events: $0.events, purchases: $0.purchases, spent: Double($0.spentMicros) / 1e6)
        }
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
func timeText(_ unixNanoseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(unixNanoseconds) / 1e9)
        .formatted(.iso8601)
}

func moneyText(_ money: Money) -> String {
    String(format: "%.2f", Double(money.micros) / 1e6) + " \(money.currencyCode)"
}
