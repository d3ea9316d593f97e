/// `grpc-timeout`: one to eight digits and a unit, H M S m u n (gRPC over HTTP/2, "Requests").
enum CallTimeout {
    /// Nanoseconds, saturating; nil when the field does not follow the grammar.
    static func parse(_ field: UnsafeRawBufferPointer) -> UInt64? {
        guard field.count >= 2, field.count <= 9, let unit = nanoseconds(field[field.count - 1])
        else { return nil }
        var amount: UInt64 = 0
        for byte in field.dropLast() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            amount = amount * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        let (product, overflow) = amount.multipliedReportingOverflow(by: unit)
        return overflow ? .max : product
    }

    /// The finest unit in which the time fits eight digits, rounded up so that a deadline is never
    /// sent as earlier than it is.
    static func format(nanoseconds: UInt64) -> String {
        let units: [(Character, UInt64)] = [
            ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000),
            ("M", 60_000_000_000), ("H", 3_600_000_000_000),
        ]
        for (name, unit) in units {
            let amount = nanoseconds / unit + (nanoseconds % unit == 0 ? 0 : 1)
            if amount < 100_000_000 { return "\(amount)\(name)" }
        }
        return "99999999H"
    }

    private static func nanoseconds(_ unit: UInt8) -> UInt64? {
        switch unit {
        case UInt8(ascii: "H"): 3_600_000_000_000
        case UInt8(ascii: "M"): 60_000_000_000
        case UInt8(ascii: "S"): 1_000_000_000
        case UInt8(ascii: "m"): 1_000_000
        case UInt8(ascii: "u"): 1_000
        case UInt8(ascii: "n"): 1
        default: nil
        }
    }
}
