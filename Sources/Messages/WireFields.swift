// Reading single fields: what is checked here is checked once for every message. `field` is the path
// that a fault names.

internal import Base
internal import CMessages
internal import Store

extension MessageCodec {
    /// - Parameter maxBytes: the limit that applies to this text.
    func string(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String, maxBytes: Int
    ) throws(Fault) -> String {
        let bytes = try utf8(data, field(), maxBytes: maxBytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes of a text where they lie, checked.
    private func utf8(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String, maxBytes: Int
    ) throws(Fault) -> UnsafeBufferPointer<UInt8> {
        guard data.len <= maxBytes else {
            throw .invalid(field(), "has \(data.len) bytes, at most \(maxBytes) are allowed")
        }
        let bytes = UnsafeBufferPointer(start: data.data, count: data.len)
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch { throw .invalid(field(), "is not valid UTF-8") }
        return bytes
    }

    /// The field `repeated string` of identifiers, which may be empty.
    func ids(
        _ data: UnsafeMutablePointer<ProtobufCBinaryData>?, count: Int, _ field: String
    ) throws(Fault) -> IdList {
        guard let data else { return IdList() }
        let fields = UnsafeBufferPointer(start: data, count: count)
        for (i, data) in fields.enumerated() {
            _ = try utf8(data, "\(field)[\(i)]", maxBytes: limits.maxIdBytes)
        }
        return IdList(maxByteCount: fields.reduce(0) { $0 + $1.len }) { list in
            for data in fields {
                list.append(UnsafeRawBufferPointer(start: data.data, count: data.len))
            }
        }
    }

    /// An identifier: 1 to `limits.maxIdBytes` bytes.
    func id(
        _ data: ProtobufCBinaryData, _ field: @autoclosure () -> String
    ) throws(Fault) -> String {
        guard data.len > 0 else { throw .invalid(field(), "must not be empty") }
        return try string(data, field(), maxBytes: limits.maxIdBytes)
    }

    /// nil when the message is absent.
    func money(
        _ message: UnsafePointer<Rankwire__V1__Money>?, _ field: @autoclosure () -> String
    ) throws(Fault) -> Money? {
        guard let money = message?.pointee else { return nil }
        guard money.micros >= 0 else {
            throw .invalid("\(field()).micros", "must not be negative")
        }
        let code = try string(money.currency_code, "\(field()).currency_code", maxBytes: 3)
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (65...90).contains($0) }) else {
            throw .invalid(
                "\(field()).currency_code", "must be three upper-case letters (ISO 4217)")
        }
        return Money(micros: money.micros, currencyCode: code)
    }

    /// Unix nanoseconds; nil when the message is absent.
    func time(
        _ message: UnsafePointer<Google__Protobuf__Timestamp>?, _ field: @autoclosure () -> String
    ) throws(Fault) -> Int64? {
        guard let time = message?.pointee else { return nil }
        guard (0...999_999_999).contains(time.nanos) else {
            throw .invalid("\(field()).nanos", "must be 0 to 999999999")
        }
        // Years 1678 to 2262: what 64 bits of nanoseconds hold.
        let (scaled, overflow) = time.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(Int64(time.nanos))
        guard !overflow, !carried else {
            throw .invalid("\(field()).seconds", "must lie in the years 1678 to 2262")
        }
        return sum
    }

    func itemAttributes(
        _ item: Rankwire__V1__Item, _ field: String
    ) throws(Fault) -> [String: String] {
        try attributes(
            count: item.n_attributes, field,
            key: { item.attributes[$0]!.pointee.key }, value: { item.attributes[$0]!.pointee.value }
        )
    }

    func eventAttributes(
        _ event: Rankwire__V1__Event, _ field: String
    ) throws(Fault) -> [String: String] {
        try attributes(
            count: event.n_attributes, field,
            key: { event.attributes[$0]!.pointee.key },
            value: { event.attributes[$0]!.pointee.value })
    }

    func userAttributes(
        _ user: Rankwire__V1__InlineUser, _ field: String
    ) throws(Fault) -> [String: String] {
        try attributes(
            count: user.n_attributes, field,
            key: { user.attributes[$0]!.pointee.key }, value: { user.attributes[$0]!.pointee.value }
        )
    }

    func attributes(
        count: Int, _ field: String, key: (Int) -> UnsafeMutablePointer<CChar>?,
        value: (Int) -> UnsafeMutablePointer<CChar>?
    ) throws(Fault) -> [String: String] {
        guard count <= limits.maxAttributes else {
            throw .invalid(field, "has \(count) pairs, at most \(limits.maxAttributes) are allowed")
        }
        var result: [String: String] = [:]
        for i in 0..<count {
            guard let name = key(i).flatMap({ String(validatingCString: $0) }),
                let text = value(i).flatMap({ String(validatingCString: $0) })
            else { throw .invalid(field, "is not valid UTF-8") }
            guard !name.isEmpty, name.utf8.count <= limits.maxIdBytes else {
                throw .invalid(field, "has a name that is empty or over \(limits.maxIdBytes) bytes")
            }
            guard text.utf8.count <= limits.maxTextBytes else {
                throw .invalid(field, "has a value over \(limits.maxTextBytes) bytes")
            }
            result[name] = text
        }
        return result
    }

    func makeMoney(_ money: Money) -> UnsafeMutablePointer<Rankwire__V1__Money> {
        let message = arena.make(rankwire__v1__money__init)
        message.pointee.micros = money.micros
        message.pointee.currency_code = arena.makeString(money.currencyCode)
        return message
    }

    func makeTime(_ unixNanoseconds: Int64) -> UnsafeMutablePointer<Google__Protobuf__Timestamp> {
        let message = arena.make(google__protobuf__timestamp__init)
        let (seconds, nanos) = unixNanoseconds.floorDivided(by: 1_000_000_000)
        message.pointee.seconds = seconds
        message.pointee.nanos = Int32(nanos)
        return message
    }
}

extension Int64 {
    /// Quotient rounded down, and the remainder, which is never negative.
    fileprivate func floorDivided(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
