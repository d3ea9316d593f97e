internal import Base

/// What a request's header says, as far as gRPC itself wants to know.
struct RequestHead {
    var isPost = false
    var isHead = false
    var isConnect = false
    /// Two fields contradict each other.
    var isMalformed = false
    var isContentTypeGood = false
    var isTimeoutBad = false
    var timeoutNanoseconds: UInt64?
    /// Nil for a `grpc-encoding` that is not understood.
    var encoding: MessageEncoding? = .identity
    var offersEncodings = false
    var acceptsGzip = false
    /// Names, values and 32 bytes a field (RFC 9113, section 6.5.2).
    var listBytes = 0
}

/// Why a request is no call.
struct Refusal {
    let httpStatus: StaticString
    let message: StaticString
}

extension RequestHead {
    var refusal: Refusal? {
        if !isPost { return Refusal(httpStatus: "405", message: "a call is a POST") }
        if isContentTypeGood { return nil }
        return Refusal(httpStatus: "415", message: "content-type must be application/grpc")
    }
}

extension ActiveCall {
    func readHeader(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        // Trailers of a request carry nothing that gRPC defines.
        guard phase == .opening else { return }
        request.listBytes += name.count + value.count + 32
        if request.listBytes > environment.limits.maxHeaderListBytes { return }
        switch name.count {
        case 2 where name.equals("te"): return
        case 5 where name.equals(":path"): findMethod(value)
        case 7 where name.equals(":method"):
            request.isPost = value.equals("POST")
            request.isHead = value.equals("HEAD")
            request.isConnect = value.equals("CONNECT")
        case 7 where name.equals(":scheme"): return
        case 10 where name.equals(":authority"): authority.append(value)
        case 4 where name.equals("host"):
            // RFC 9113, section 8.3.1.
            if !authority.isEmpty, !authority.readable.equalsIgnoringCase(value) {
                request.isMalformed = true
            }
        case 12 where name.equals("content-type"):
            request.isContentTypeGood = Self.isGRPC(value)
        case 12 where name.equals("grpc-timeout"):
            request.timeoutNanoseconds = CallTimeout.parse(value)
            request.isTimeoutBad = request.timeoutNanoseconds == nil
        // Two of them are one that nobody has.
        case 13 where name.equals("authorization"): authorization.append(value)
        case 13 where name.equals("grpc-encoding"):
            request.encoding = MessageEncoding(value)
        case 20 where name.equals("grpc-accept-encoding"):
            request.offersEncodings = true
            request.acceptsGzip = Self.lists(value, "gzip")
        default: fields.append(name: name, value: value)
        }
    }

    func finishHead(endsStream: Bool) {
        guard phase == .opening else { return }
        if request.listBytes > environment.limits.maxHeaderListBytes {
            environment.counters.headersTooLarge.add()
            reject(.resourceExhausted, "metadata is larger than \(headerLimit) bytes")
        } else if request.isMalformed {
            phase = .ended
            stream.reset(.protocolError)
        } else if let refusal = request.refusal {
            // Nobody but the request's own end, or the patience with it, asks for the answer.
            phase = .refused
            if endsStream || request.isConnect { refuse(refusal) } else { linger() }
        } else if let fault = faultOfHead() {
            reject(fault.code, fault.message)
        } else if let methodReference {
            methodReference.borrow { begin($0) }
        }
    }

    private var headerLimit: Int { environment.limits.maxHeaderListBytes }

    private func faultOfHead() -> RPCStatus? {
        guard methodReference != nil else {
            return RPCStatus(.unimplemented, "unknown method \(fields.text(":path") ?? "")")
        }
        if request.encoding == nil {
            return RPCStatus(
                .unimplemented, "grpc-encoding is none of \(MessageEncoding.accepted)")
        }
        if request.isTimeoutBad { return RPCStatus(.internal, "grpc-timeout is malformed") }
        if sessionReference?.borrow({ $0.unsentBytes }) ?? 0
            > environment.limits.maxPendingWriteBytes
        {
            return RPCStatus(
                .resourceExhausted, "too many bytes of this connection's answers are unread")
        }
        return nil
    }

    private func findMethod(_ path: UnsafeRawBufferPointer) {
        methodReference = sessionReference?.borrow { $0.lookUp(path) } ?? nil
        // Kept for the error's message.
        if methodReference == nil { fields.append(name: ":path", value: path) }
    }

    /// `application/grpc`, alone or followed by `+format` or parameters.
    private static func isGRPC(_ type: UnsafeRawBufferPointer) -> Bool {
        guard type.starts(withLiteral: "application/grpc") else { return false }
        if type.count == 16 { return true }
        return type[16] == UInt8(ascii: "+") || type[16] == UInt8(ascii: ";")
    }

    /// Whether a comma-separated list has `word`.
    private static func lists(_ list: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        list.split(separator: UInt8(ascii: ",")).contains { part in
            let trimmed = part.drop { $0 == UInt8(ascii: " ") }
            return UnsafeRawBufferPointer(rebasing: trimmed).equals(word)
        }
    }
}

extension ReceivedFields {
    mutating func append(name: StaticString, value: UnsafeRawBufferPointer) {
        append(
            name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            value: value)
    }
}
