// Moments as files write them: ISO 8601 (RFC 3339 and its common relaxations) or seconds since the
// Unix epoch. Foundation's formatters take microseconds for each; this takes nanoseconds.

enum TimestampParsing {
    /// Unix nanoseconds. `YYYY-MM-DD`, then optionally `T`, `t` or a space and `HH:MM[:SS[.f...]]`,
    /// then optionally `Z`, `+HH:MM`, `+HHMM` or `+HH`; UTC where no offset is given. Or a decimal
    /// number of seconds. Nil for anything else, and outside 1970 to 2261.
    static func unixNanoseconds(_ text: Span<UInt8>) -> Int64? {
        if text.count >= 10, text[4] == 0x2D { return iso8601(text) }
        guard let micros = FieldParsing.micros(text), micros >= 0 else { return nil }
        let (nanoseconds, overflow) = micros.multipliedReportingOverflow(by: 1_000)
        return overflow ? nil : nanoseconds
    }

    private static func iso8601(_ text: Span<UInt8>) -> Int64? {
        var cursor = Cursor(position: 0)
        guard let year = cursor.digits(text, 4), cursor.take(text, 0x2D),
            let month = cursor.digits(text, 2), cursor.take(text, 0x2D),
            let day = cursor.digits(text, 2),
            (1970...2261).contains(year), (1...12).contains(month),
            day >= 1, day <= daysInMonth(year, month)
        else { return nil }
        var nanoseconds: Int64 = 0
        var offsetSeconds: Int64 = 0
        if cursor.position < text.count {
            guard cursor.take(text, 0x54) || cursor.take(text, 0x74) || cursor.take(text, 0x20),
                let time = timeOfDay(text, &cursor), let offset = zone(text, &cursor),
                cursor.position == text.count
            else { return nil }
            nanoseconds = time
            offsetSeconds = offset
        }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 - offsetSeconds
        return seconds * 1_000_000_000 + nanoseconds
    }

    /// Nanoseconds since midnight. A leap second counts as the second after it.
    private static func timeOfDay(_ text: Span<UInt8>, _ cursor: inout Cursor) -> Int64? {
        guard let hour = cursor.digits(text, 2), hour < 24, cursor.take(text, 0x3A),
            let minute = cursor.digits(text, 2), minute < 60
        else { return nil }
        var seconds = hour * 3_600 + minute * 60
        var fraction: Int64 = 0
        if cursor.take(text, 0x3A) {
            guard let second = cursor.digits(text, 2), second <= 60 else { return nil }
            seconds += second
            if cursor.take(text, 0x2E) || cursor.take(text, 0x2C) {
                guard let found = cursor.fraction(text) else { return nil }
                fraction = found
            }
        }
        return seconds * 1_000_000_000 + fraction
    }

    /// Seconds east of UTC; 0 when the text ends.
    private static func zone(_ text: Span<UInt8>, _ cursor: inout Cursor) -> Int64? {
        if cursor.position == text.count { return 0 }
        if cursor.take(text, 0x5A) || cursor.take(text, 0x7A) { return 0 }
        let isWest = cursor.take(text, 0x2D)
        guard isWest || cursor.take(text, 0x2B), let hours = cursor.digits(text, 2), hours < 24
        else { return nil }
        var minutes: Int64 = 0
        if cursor.position < text.count {
            _ = cursor.take(text, 0x3A)
            guard let found = cursor.digits(text, 2), found < 60 else { return nil }
            minutes = found
        }
        let seconds = hours * 3_600 + minutes * 60
        return isWest ? -seconds : seconds
    }

    private static func daysInMonth(_ year: Int64, _ month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", days_from_civil).
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

private struct Cursor {
    var position: Int

    mutating func take(_ text: Span<UInt8>, _ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    /// Exactly `count` digits.
    mutating func digits(_ text: Span<UInt8>, _ count: Int) -> Int64? {
        guard position + count <= text.count else { return nil }
        var value: Int64 = 0
        for i in position..<position + count {
            guard text[i] >= 0x30, text[i] <= 0x39 else { return nil }
            value = value * 10 + Int64(text[i] - 0x30)
        }
        position += count
        return value
    }

    /// One digit or more after the point, as nanoseconds; those past the ninth are cut off.
    mutating func fraction(_ text: Span<UInt8>) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while position < text.count, text[position] >= 0x30, text[position] <= 0x39 {
            if count < 9 { value = value * 10 + Int64(text[position] - 0x30) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }
}
