// google.rpc.Status and its details (https://google.aip.dev/193): how a Fault looks on the wire.

public import Base
internal import CMessages

extension MessageCodec {
    private static let domain = "rankwire"

    /// A serialised `google.rpc.Status`, for `grpc-status-details-bin`: ErrorInfo always, BadRequest,
    /// RetryInfo and QuotaFailure where the fault has them.
    public func encodeStatus(_ fault: Fault) -> [UInt8] {
        arena.reset()
        return pack(makeStatus(fault))
    }

    /// What a client makes of `grpc-status-details-bin`; details of unknown types are passed over.
    public func decodeStatus(_ bytes: RawSpan) throws(Fault) -> Fault {
        fault(try unpack(bytes, google__rpc__status__unpack).pointee)
    }

    func makeStatus(_ fault: Fault) -> UnsafeMutablePointer<Google__Rpc__Status> {
        let status = arena.make(google__rpc__status__init)
        status.pointee.code = fault.code.rawValue
        status.pointee.message = arena.makeString(fault.message)
        let details = self.details(of: fault)
        status.pointee.n_details = details.count
        status.pointee.details = arena.makeArray(
            details.count, google__protobuf__any__init
        ) { any, i in
            any.pointee.type_url = arena.makeString("type.googleapis.com/\(details[i].type)")
            any.pointee.value = details[i].bytes.withUnsafeBytes(arena.makeBytes)
        }
        return status
    }

    private func details(of fault: Fault) -> [(type: String, bytes: [UInt8])] {
        var details: [(type: String, bytes: [UInt8])] = []
        let info = arena.make(google__rpc__error_info__init)
        info.pointee.reason = arena.makeString(fault.reason)
        info.pointee.domain = arena.makeString(Self.domain)
        details.append(("google.rpc.ErrorInfo", pack(info)))
        if !fault.fieldViolations.isEmpty {
            let bad = arena.make(google__rpc__bad_request__init)
            bad.pointee.n_field_violations = fault.fieldViolations.count
            bad.pointee.field_violations = arena.makeArray(
                fault.fieldViolations.count, google__rpc__bad_request__field_violation__init
            ) { violation, i in
                violation.pointee.field = arena.makeString(fault.fieldViolations[i].field)
                violation.pointee.description = arena.makeString(
                    fault.fieldViolations[i].description)
            }
            details.append(("google.rpc.BadRequest", pack(bad)))
        }
        if let retryAfterMs = fault.retryAfterMs {
            let retry = arena.make(google__rpc__retry_info__init)
            let delay = arena.make(google__protobuf__duration__init)
            delay.pointee.seconds = Int64(retryAfterMs / 1_000)
            delay.pointee.nanos = Int32(retryAfterMs % 1_000 * 1_000_000)
            retry.pointee.retry_delay = delay
            details.append(("google.rpc.RetryInfo", pack(retry)))
        }
        if fault.code == .resourceExhausted {
            let quota = arena.make(google__rpc__quota_failure__init)
            quota.pointee.n_violations = 1
            quota.pointee.violations = arena.makeArray(
                1, google__rpc__quota_failure__violation__init
            ) { violation, _ in
                violation.pointee.subject = arena.makeString(fault.reason)
                violation.pointee.description = arena.makeString(fault.message)
            }
            details.append(("google.rpc.QuotaFailure", pack(quota)))
        }
        return details
    }

    func fault(_ status: Google__Rpc__Status) -> Fault {
        var fault = Fault(
            StatusCode(rawValue: status.code) ?? .unknown, reason: "", text(status.message))
        for i in 0..<status.n_details {
            let any = status.details[i]!.pointee
            let allocator = arena.allocator.assumingMemoryBound(to: ProtobufCAllocator.self)
            switch text(any.type_url) {
            case "type.googleapis.com/google.rpc.ErrorInfo":
                if let info = google__rpc__error_info__unpack(
                    allocator, any.value.len, any.value.data)
                {
                    fault.reason = text(info.pointee.reason)
                }
            case "type.googleapis.com/google.rpc.BadRequest":
                if let bad = google__rpc__bad_request__unpack(
                    allocator, any.value.len, any.value.data)
                {
                    fault.fieldViolations = (0..<bad.pointee.n_field_violations).map {
                        let violation = bad.pointee.field_violations[$0]!.pointee
                        return Fault.FieldViolation(
                            field: text(violation.field), description: text(violation.description))
                    }
                }
            case "type.googleapis.com/google.rpc.RetryInfo":
                if let retry = google__rpc__retry_info__unpack(
                    allocator, any.value.len, any.value.data),
                    let delay = retry.pointee.retry_delay?.pointee,
                    (0...86_400).contains(delay.seconds)
                {
                    fault.retryAfterMs = Int(delay.seconds) * 1_000 + Int(delay.nanos) / 1_000_000
                }
            default: break
            }
        }
        return fault
    }

    /// A string of a reply, which our own kind of server sent: repaired, not refused.
    func text(_ data: ProtobufCBinaryData) -> String {
        String(decoding: UnsafeBufferPointer(start: data.data, count: data.len), as: UTF8.self)
    }
}
