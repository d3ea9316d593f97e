internal import Base

extension ActiveCall {
    var canSend: Bool { isOpen && stream.queuedBytes < ServerLimits.highWaterBytes }

    func enableCompression() -> Bool {
        guard phase == .running, request.acceptsGzip else { return isCompressing }
        isCompressing = true
        return true
    }

    /// Queues the response's header unless it is queued already.
    func openResponse(_ metadata: Metadata?) {
        guard phase == .running else { return }
        phase = .responding
        submit(endsStream: false) { block in
            self.appendOpening(to: &block, httpStatus: "200")
            metadata?.append(to: &block)
        }
    }

    func send(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        if isCompressing {
            withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { bytes in
                fill(bytes)
                send(UnsafeRawBufferPointer(bytes), compressed: true)
            }
            return
        }
        queue(byteCount, isCompressed: false) { pointer in
            fill(UnsafeMutableRawBufferPointer(start: pointer, count: byteCount))
        }
    }

    func send(_ message: UnsafeRawBufferPointer, compressed: Bool) {
        if compressed && isCompressing, let packed = environment.codec.pack(message) {
            copy(packed, isCompressed: true)
        } else {
            copy(message, isCompressed: false)
        }
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, isCompressed: Bool) {
        queue(bytes.count, isCompressed: isCompressed) { pointer in
            if let start = bytes.baseAddress {
                pointer.copyMemory(from: start, byteCount: bytes.count)
            }
        }
    }

    @inline(__always)
    private func queue(
        _ byteCount: Int, isCompressed: Bool, _ write: (UnsafeMutableRawPointer) -> Void
    ) {
        if phase == .running { openResponse(nil) }
        guard phase == .responding else { return }
        let whole = MessageDeframer.prefixBytes + byteCount
        let start = stream.reserve(whole)
        MessageDeframer.writePrefix(start, byteCount: byteCount, isCompressed: isCompressed)
        write(start + MessageDeframer.prefixBytes)
        messagesSent += 1
        stream.commit(whole)
        let waiting = stream.queuedBytes
        if waiting >= ServerLimits.highWaterBytes { stream.notifyWhenDrained() }
        // A single answer may be as large as it likes; a stream that ignores `canSend` may not.
        if messagesSent > 1 && waiting > environment.limits.maxPendingWriteBytes {
            environment.counters.readersTooSlow.add()
            reject(.resourceExhausted, "the caller does not read what is sent")
        }
    }

    func resumeSending() {
        if isOpen { handler?.writable(on: ServerCall(self)) }
    }

    // MARK: The end

    /// Ends the response: after what is queued, or with nothing but this status.
    /// - Parameter status: nil for OK, which costs nothing to write.
    func finish(_ status: RPCStatus?, _ trailers: Metadata) {
        guard phase == .opening || isOpen else { return }
        let hadStarted = isOpen
        if (status?.code ?? .ok) == .ok, messagesSent == 0, kind?.givesOneReply == true {
            finish(RPCStatus(.internal, "the method ended without its reply"), trailers)
            return
        }
        if hadStarted { environment.counters.callsFinished.add() }
        if status == nil { session?.budgets.resets.earn() }
        record(status?.code ?? .ok)
        let isTrailersOnly = phase != .responding
        phase = .ended
        handler = nil
        if let status { self.status = status }
        if !trailers.isEmpty { self.trailers = trailers }
        if isTrailersOnly {
            submit(endsStream: true) { block in
                self.appendOpening(to: &block, httpStatus: "200")
                _ = self.addTrailers(to: &block)
            }
        } else {
            stream.end()
        }
        if deadline == .distantFuture { linger() }
    }

    /// Answers a request that is not gRPC by HTTP's own means (gRPC over HTTP/2, "Requests":
    /// content-type): a body for people, and the status for a gRPC client that looks.
    func refuse(_ refusal: Refusal) {
        environment.counters.callsRejected.add()
        phase = .ended
        submit(endsStream: request.isHead) { block in
            block.append(":status", refusal.httpStatus)
            block.append("content-type", "text/plain")
            block.append("grpc-status", "13")
            block.append("grpc-message", refusal.message)
        }
        if !request.isHead {
            hasTrailers = false
            let text = refusal.message
            stream.write(
                UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            stream.end()
        }
        linger()
    }

    func addTrailers(to block: inout HeaderBlock) -> Bool {
        guard hasTrailers else { return false }
        if let status {
            status.append(to: &block)
        } else {
            block.append("grpc-status", "0")
        }
        if !trailers.isEmpty { trailers.append(to: &block) }
        return true
    }

    /// A caller that never reads its answer does not keep the stream.
    func linger() {
        armTimer(
            at: environment.now.advanced(
                byNanoseconds: UInt64(environment.limits.lingerMs) * 1_000_000))
    }

    private func appendOpening(to block: inout HeaderBlock, httpStatus: StaticString) {
        block.append(":status", httpStatus)
        block.append("content-type", "application/grpc")
        if isCompressing { block.append("grpc-encoding", "gzip") }
        if request.offersEncodings || request.encoding == nil {
            block.append("grpc-accept-encoding", MessageEncoding.accepted)
        }
    }

    private func submit(endsStream: Bool, _ fill: (inout HeaderBlock) -> Void) {
        // Out of memory, or a stream the library is closing: there is nobody to answer.
        if !stream.respond(endsStream: endsStream, fill) { stream.reset(.internalError) }
    }
}
