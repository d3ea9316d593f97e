internal import Base

/// Attributes as stored: a count, then name and value of each in the order of their names, so that
/// equal attributes are equal bytes.
enum AttributeCodec {
    /// Nil for no attributes: stored as NULL.
    static func encode(_ attributes: [String: String]) -> [UInt8]? {
        if attributes.isEmpty { return nil }
        var writer = ByteWriter()
        write(attributes, to: &writer)
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]?) throws(Fault) -> [String: String] {
        guard let bytes else { return [:] }
        var reader = ByteReader(bytes, what: "a stored list of attributes")
        let attributes = try read(from: &reader)
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return attributes
    }

    static func write(_ attributes: [String: String], to writer: inout ByteWriter) {
        writer.count(attributes.count)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            writer.string(name)
            writer.string(value)
        }
    }

    static func read(from reader: inout ByteReader) throws(Fault) -> [String: String] {
        var attributes: [String: String] = [:]
        for _ in 0..<(try reader.count(minimumBytes: 2)) {
            let name = try reader.string()
            attributes[name] = try reader.string()
        }
        return attributes
    }
}
