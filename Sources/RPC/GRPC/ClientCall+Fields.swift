internal import Base

/// What a response's header and trailers say, as far as gRPC itself wants to know.
struct ResponseHead {
    var httpStatus = 0
    var isContentTypeGood = false
    /// Nil for an encoding that is not understood.
    var encoding: MessageEncoding? = .identity
    /// Blocks that ended, interim ones not counted: the second is the trailers.
    var blocks = 0
    var hasStatus = false
    var code: StatusCode = .unknown
    var message = ""
    var details: [UInt8] = []
    var listBytes = 0
}

extension ClientCall {
    private static let maxHeaderListBytes = 64 * 1024

    func headerReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        guard isActive else { return }
        response.listBytes += name.count + value.count + 32
        if response.listBytes > Self.maxHeaderListBytes { return }
        switch name.count {
        case 7 where name.equals(":status"):
            response.httpStatus = Self.number(value) ?? 0
        case 12 where name.equals("content-type"):
            response.isContentTypeGood = value.starts(withLiteral: "application/grpc")
        case 13 where name.equals("grpc-encoding"):
            response.encoding = MessageEncoding(value)
        case 11 where name.equals("grpc-status"):
            response.hasStatus = true
            response.code = StatusCode(rawValue: Int32(Self.number(value) ?? 2)) ?? .unknown
        case 12 where name.equals("grpc-message"):
            response.message = PercentEncoding.decode(value)
        case 23 where name.equals("grpc-status-details-bin"):
            response.details = Base64.decode(value) ?? []
        case 20 where name.equals("grpc-accept-encoding"): return
        default: fields.append(name: name, value: value)
        }
    }

    func headersEnded(endsStream: Bool) {
        guard isActive else { return }
        if response.listBytes > Self.maxHeaderListBytes {
            abort(RPCStatus(.resourceExhausted, "the answer's metadata is too large"))
            return
        }
        if response.blocks == 0, (100..<200).contains(response.httpStatus) {
            response = ResponseHead()
            fields.removeAll()
            return
        }
        response.blocks += 1
        if response.blocks > 1 || endsStream { return }
        if let fault = faultOfOpening { abort(fault) } else { announce() }
    }

    private func announce() {
        handler?.opened(self)
        // The trailers start afresh; whoever wanted the header's fields has read them.
        fields.removeAll()
    }

    /// What is wrong with a response that is not gRPC's.
    private var faultOfOpening: RPCStatus? {
        if response.httpStatus != 200 { return .from(httpStatus: response.httpStatus) }
        if !response.isContentTypeGood {
            return RPCStatus(.unknown, "the answer's content-type is not application/grpc")
        }
        if response.encoding == nil {
            return RPCStatus(.internal, "the answer's grpc-encoding is not understood")
        }
        return nil
    }

    var finalStatus: RPCStatus {
        if response.hasStatus {
            return RPCStatus(response.code, response.message, details: response.details)
        }
        if response.httpStatus != 200 { return .from(httpStatus: response.httpStatus) }
        return RPCStatus(.internal, "the answer has no grpc-status")
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty, digits.count <= 3 else { return nil }
        var number = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
