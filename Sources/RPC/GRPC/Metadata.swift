public import Base

/// Custom metadata: names with text values, or with bytes where the name ends in `-bin`. Order and
/// repetition are kept. What HTTP/2 and gRPC use themselves (`:path`, `te`, `grpc-*`) is not in it.
public struct Metadata: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case text(String)
        case binary([UInt8])
    }

    public private(set) var entries: [(name: String, value: Value)] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a text value. The name is lower-cased.
    /// - Throws: INVALID_ARGUMENT for a name outside `a-z 0-9 _ - .`, a reserved or `-bin` name, or a
    ///   value that is not printable ASCII.
    public mutating func add(_ name: String, _ value: String) throws(Fault) {
        let name = try Self.checked(name)
        if name.hasSuffix("-bin") {
            throw .invalid("metadata.\(name)", "a name that ends in -bin takes bytes")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else {
            throw .invalid("metadata.\(name)", "a text value must be printable ASCII")
        }
        entries.append((name, .text(value)))
    }

    /// Adds a binary value under a name that ends in `-bin`.
    /// - Throws: INVALID_ARGUMENT for any other name.
    public mutating func add(_ name: String, _ value: [UInt8]) throws(Fault) {
        let name = try Self.checked(name)
        guard name.hasSuffix("-bin") else {
            throw .invalid("metadata.\(name)", "a name with a binary value must end in -bin")
        }
        entries.append((name, .binary(value)))
    }

    /// The first text value of `name` (lower case).
    public subscript(_ name: String) -> String? {
        for entry in entries where entry.name == name {
            if case .text(let text) = entry.value { return text }
        }
        return nil
    }

    /// The first binary value of `name` (lower case, ends in `-bin`).
    public func binary(_ name: String) -> [UInt8]? {
        for entry in entries where entry.name == name {
            if case .binary(let bytes) = entry.value { return bytes }
        }
        return nil
    }

    public static func == (a: Metadata, b: Metadata) -> Bool {
        a.entries.elementsEqual(b.entries) { $0.name == $1.name && $0.value == $1.value }
    }

    private static func checked(_ name: String) throws(Fault) -> String {
        let name = name.lowercased()
        let isValid = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isValid, !name.isEmpty else {
            throw .invalid("metadata", "a name holds only a-z, 0-9, '-', '_' and '.'")
        }
        // Pushback is the one field of gRPC's own that an application sets (gRFC A6).
        let isReserved =
            (name.hasPrefix("grpc-") && name != "grpc-retry-pushback-ms")
            || ["te", "content-type", "connection", "host"].contains(name)
        if isReserved { throw .invalid("metadata.\(name)", "the name is reserved") }
        return name
    }
}

extension Metadata {
    /// One field as it came. A `-bin` value may be several, joined with commas (gRPC over HTTP/2,
    /// "Custom-Metadata"); what does not decode is kept out.
    mutating func addReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let text = String(decoding: name, as: UTF8.self)
        guard text.hasSuffix("-bin") else {
            entries.append((text, .text(String(decoding: value, as: UTF8.self))))
            return
        }
        var rest = value[...]
        while true {
            let part = rest.prefix { $0 != UInt8(ascii: ",") }
            if let bytes = Base64.decode(UnsafeRawBufferPointer(rebasing: part)) {
                entries.append((text, .binary(bytes)))
            }
            if part.endIndex == rest.endIndex { return }
            rest = rest[(part.endIndex + 1)...]
        }
    }

    func append(to block: inout HeaderBlock) {
        for entry in entries {
            switch entry.value {
            case .text(let text): block.append(entry.name, text)
            case .binary(let bytes): block.append(entry.name, Base64.encode(bytes))
            }
        }
    }
}
