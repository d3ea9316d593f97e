// What campaigns have spent, as requests read it. The store's table is the truth; the one thread that
// writes events adds here what it has committed, so that who has its event acknowledged finds the
// spend in the next auction, and a start reads it back.

private import Synchronization

/// Spend by campaign and day, of the days around the present one. Any thread.
public final class SpendLedger: Sendable {
    /// Days that are kept: a clock may be a day ahead, and events come late.
    static let maxDays = 4

    private struct State {
        /// Of account names, in order of appearance.
        var slots: [String: Int] = [:]
        /// By day since 1970: micros by slot.
        var days: [Int64: [Int64]] = [:]
        /// Slots by account code of the tables asked for last.
        var columns: [(serial: UInt64, slots: [Int32])] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// What was spent on one day, by the account codes of a table. A value: later spend is not in it.
    public struct Day: Sendable {
        private let slots: [Int32]
        private let micros: [Int64]

        init(slots: [Int32], micros: [Int64]) {
            self.slots = slots
            self.micros = micros
        }

        public func micros(accountCode: Int32) -> Int64 {
            let slot = Int(slots[Int(accountCode)])
            return slot < micros.count ? micros[slot] : 0
        }
    }

    /// - Parameter day: days since 1970, UTC.
    public func spending(on day: Int64, of table: AdTable) -> Day {
        let serial = table.creatives.serial
        return state.withLock { state in
            let micros = state.days[day] ?? []
            if let known = state.columns.first(where: { $0.serial == serial }) {
                return Day(slots: known.slots, micros: micros)
            }
            let slots = (0..<table.accounts.count).map { code in
                Int32(Self.slot(of: table.accounts.name(of: Int32(code)), &state))
            }
            state.columns.insert((serial, slots), at: 0)
            if state.columns.count > 2 { state.columns.removeLast() }
            return Day(slots: slots, micros: micros)
        }
    }

    /// Adds what was committed. Stops at the largest number, which no campaign can spend in a day.
    func add(_ charges: [SpendKey: Int64]) {
        state.withLock { state in
            for (key, micros) in charges {
                let slot = Self.slot(of: key.account, &state)
                var day = state.days.removeValue(forKey: key.day) ?? []
                while day.count <= slot { day.append(0) }
                let (sum, overflow) = day[slot].addingReportingOverflow(micros)
                day[slot] = overflow ? .max : sum
                state.days[key.day] = day
            }
            while state.days.count > Self.maxDays, let oldest = state.days.keys.min() {
                state.days[oldest] = nil
            }
        }
    }

    private static func slot(of account: String, _ state: inout State) -> Int {
        if let known = state.slots[account] { return known }
        let slot = state.slots.count
        state.slots[account] = slot
        return slot
    }
}

/// Whose spend, and when.
struct SpendKey: Hashable {
    var account: String
    /// Since 1970, UTC: of the event.
    var day: Int64
}
