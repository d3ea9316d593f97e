// A thousand identifiers of a request are taken from the wire in one pass: protobuf-c makes a copy and
// a descriptor's worth of work of each, which is longer than looking it up takes.

internal import Base

extension MessageCodec {
    /// A message without one field `repeated string` of identifiers, which may be empty, and that field.
    /// - Parameters:
    ///   - number: of the field.
    ///   - name: for a fault.
    func unpackWithIds<Message>(
        _ bytes: RawSpan, idField number: Int, _ name: StaticString, _ unpack: Unpack<Message>
    ) throws(Fault) -> (message: UnsafeMutablePointer<Message>, ids: IdList) {
        guard bytes.byteCount <= limits.maxMessageBytes else {
            return (try self.unpack(bytes, unpack), IdList())
        }
        var ids = IdList()
        remainder.removeAll(keepingCapacity: true)
        let isWhole = bytes.withUnsafeBytes { split($0, number, &ids) }
        // What is no message protobuf-c says.
        guard isWhole else { return (try self.unpack(bytes, unpack), IdList()) }
        let rest = remainder
        let message = try self.unpack(rest.span.bytes, unpack)
        for (i, id) in ids.extents.enumerated() where id.count > limits.maxIdBytes {
            throw .invalid(
                "\(name)[\(i)]", "has \(id.count) bytes, at most \(limits.maxIdBytes) are allowed")
        }
        if let bad = ids.firstInvalid { throw .invalid("\(name)[\(bad)]", "is not valid UTF-8") }
        return (message, ids)
    }

    /// - Returns: false for what protobuf-c had better look at itself.
    private func split(
        _ bytes: UnsafeRawBufferPointer, _ number: Int, _ ids: inout IdList
    ) -> Bool {
        let wanted = UInt64(number << 3 | 2)
        var reader = FieldReader(bytes)
        var keptFrom = 0
        var isWhole = true
        ids = IdList(maxByteCount: bytes.count) { list in
            while reader.next < bytes.count {
                let start = reader.next
                guard let tag = reader.varint(), let content = reader.skip(wireType: tag & 7) else {
                    isWhole = false
                    return
                }
                guard tag == wanted else { continue }
                keep(bytes[keptFrom..<start])
                keptFrom = reader.next
                list.append(UnsafeRawBufferPointer(rebasing: bytes[content]))
            }
        }
        keep(bytes[keptFrom...])
        return isWhole
    }

    private func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        if !bytes.isEmpty { remainder.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes)) }
    }
}
