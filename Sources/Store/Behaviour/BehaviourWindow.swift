/// Stretches of time that behaviour is counted by, UTC.
public enum BehaviourWindow: String, Sendable, CaseIterable {
    case hour, day, week

    private static let hourNanoseconds: Int64 = 3_600 * 1_000_000_000

    var nanoseconds: Int64 {
        switch self {
        case .hour: Self.hourNanoseconds
        case .day: 24 * Self.hourNanoseconds
        case .week: 7 * 24 * Self.hourNanoseconds
        }
    }

    /// Windows after which behaviour repeats: the hours of a week, the days of a week. Weeks are held
    /// against their neighbours.
    var period: Int {
        switch self {
        case .hour: 168
        case .day: 7
        case .week: 1
        }
    }

    /// The number of the window a time is in. Weeks begin on Monday; the epoch began on Thursday.
    func index(of unixNanoseconds: Int64) -> Int64 {
        unixNanoseconds.quotientAndFloor(nanoseconds, from: self == .week ? Self.monday : 0)
    }

    /// When a window begins.
    func start(of index: Int64) -> Int64 {
        index * nanoseconds + (self == .week ? Self.monday : 0)
    }

    /// 1970-01-05.
    private static let monday = 4 * 24 * hourNanoseconds
}

extension Int64 {
    fileprivate func quotientAndFloor(_ divisor: Int64, from start: Int64) -> Int64 {
        (self - start).quotientAndFloor(divisor).quotient
    }
}
