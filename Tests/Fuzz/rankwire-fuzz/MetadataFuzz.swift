// Header fields: decoding what a peer sent, and the round trips of what we write.

@testable import RPC

enum MetadataFuzz {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        var fields = ReceivedFields()
        for field in bytes.split(separator: 0x0A) {
            let parts = field.split(separator: 0x3A, maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields.append(
                name: UnsafeRawBufferPointer(rebasing: parts[0]),
                value: UnsafeRawBufferPointer(rebasing: parts[1]))
        }
        let metadata = fields.metadata()
        precondition(metadata.entries.count <= bytes.count)
        _ = CallTimeout.parse(bytes)
        _ = MessageEncoding(bytes)
        _ = PercentEncoding.decode(bytes)
        _ = Base64.decode(bytes)
        let encoded = Array(Base64.encode(Array(bytes)).utf8)
        precondition(encoded.withUnsafeBytes { Base64.decode($0) } == Array(bytes))
        let text = String(decoding: bytes, as: UTF8.self)
        let escaped = Array(PercentEncoding.encode(text).utf8)
        precondition(escaped.allSatisfy { $0 >= 0x20 && $0 <= 0x7E })
        precondition(escaped.withUnsafeBytes { PercentEncoding.decode($0) } == text)
    }
}
