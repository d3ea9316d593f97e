// rankwire.v1.Activity.

internal import CMessages
internal import Store

extension MessageCodec {
    /// Nil without events.
    func makeActivity(_ activity: Activity) -> UnsafeMutablePointer<Rankwire__V1__Activity>? {
        if activity.weeks.isEmpty { return nil }
        let message = arena.make(rankwire__v1__activity__init)
        message.pointee.n_hours = activity.hours.count
        message.pointee.hours = arena.makeUInt32s(activity.hours)
        message.pointee.n_weekdays = activity.weekdays.count
        message.pointee.weekdays = arena.makeUInt32s(activity.weekdays)
        let types = EventType.allCases.filter { activity.count(of: $0) > 0 }
            .map { ("\($0)", activity.count(of: $0)) }
        let counts = Dictionary(uniqueKeysWithValues: types)
        message.pointee.n_types = counts.count
        message.pointee.types = makeCounts(counts)
        message.pointee.n_channels = activity.channels.count
        message.pointee.channels = makeCounts(activity.channels)
        message.pointee.n_devices = activity.devices.count
        message.pointee.devices = makeCounts(activity.devices)
        message.pointee.n_weeks = activity.weeks.count
        message.pointee.weeks = arena.makeArray(
            activity.weeks.count, rankwire__v1__activity_week__init
        ) { week, i in
            week.pointee.event_count = activity.weeks[i].events
            week.pointee.purchase_count = activity.weeks[i].purchases
            week.pointee.spent_micros = activity.weeks[i].spentMicros
        }
        return message
    }

    private func makeCounts(
        _ counts: [String: UInt32]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__NamedCount>?>? {
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return arena.makeArray(sorted.count, rankwire__v1__named_count__init) { count, i in
            count.pointee.name = arena.makeString(sorted[i].key)
            count.pointee.count = sorted[i].value
        }
    }

    func activity(_ message: UnsafePointer<Rankwire__V1__Activity>?) -> Activity {
        var activity = Activity()
        guard let message = message?.pointee else { return activity }
        for i in 0..<min(message.n_hours, activity.hours.count) {
            activity.hours[i] = message.hours[i]
        }
        for i in 0..<min(message.n_weekdays, activity.weekdays.count) {
            activity.weekdays[i] = message.weekdays[i]
        }
        let types = counts(message.types, count: message.n_types)
        for type in EventType.allCases {
            activity.types[Int(type.rawValue) - 1] = types["\(type)"] ?? 0
        }
        activity.channels = counts(message.channels, count: message.n_channels)
        activity.devices = counts(message.devices, count: message.n_devices)
        for i in 0..<message.n_weeks {
            let found = message.weeks[i]!.pointee
            var week = Activity.Week()
            week.events = found.event_count
            week.purchases = found.purchase_count
            week.spentMicros = found.spent_micros
            activity.weeks.append(week)
        }
        return activity
    }

    private func counts(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__NamedCount>?>?,
        count: Int
    ) -> [String: UInt32] {
        var counts: [String: UInt32] = [:]
        for i in 0..<count {
            let found = messages![i]!.pointee
            counts[text(found.name)] = found.count
        }
        return counts
    }
}
