internal import Base

extension ActiveCall {
    var canSend: Bool { isOpen && stream.queuedBytes < ServerLimits.highWaterBytes }

    func enableCompression() -> Bool {
        guard phase == .running, request.acceptsGzip else { return isCompressing }
        isCompressing = true
        return true
    }

    /// Queues the response's header unless it is queued already.
    func openResponse(_ metadata: Metadata) {
        guard phase == .running, let session else { return }
        phase = .responding
        submit(session, endsStream: false) { block in
            self.appendOpening(to: &block, httpStatus: "200")
            metadata.append(to: &block)
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
        if phase == .running { openResponse(Metadata()) }
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

    func outgoingDrained() {
        if isOpen { handler?.writable(on: ServerCall(self)) }
    }

    // MARK: The end

    /// Ends the response: after what is queued, or with nothing but this status.
    func finish(_ status: RPCStatus, _ trailers: Metadata) {
        guard phase == .opening || isOpen, let session else { return }
        let hadStarted = isOpen
        if status.code == .ok, messagesSent == 0, method?.kind.givesOneReply == true {
            finish(RPCStatus(.internal, "the method ended without its reply"), trailers)
            return
        }
        if hadStarted { environment.counters.callsFinished.add() }
        let isTrailersOnly = phase != .responding
        phase = .ended
        handler = nil
        self.status = status
        self.trailers = trailers
        if isTrailersOnly {
            submit(session, endsStream: true) { block in
                self.appendOpening(to: &block, httpStatus: "200")
                _ = self.appendTrailers(to: &block)
            }
        } else {
            stream.end()
        }
        if deadline == .distantFuture { linger() }
    }

    /// Answers a request that is not gRPC by HTTP's own means (gRPC over HTTP/2, "Requests":
    /// content-type), with the status for a gRPC client that looks.
    func refuse(httpStatus: StaticString, _ message: String) {
        guard let session else { return }
        environment.counters.callsRejected.add()
        phase = .ended
        status = RPCStatus(.internal, message)
        submit(session, endsStream: true) { block in
            self.appendOpening(to: &block, httpStatus: httpStatus)
            _ = self.appendTrailers(to: &block)
        }
        linger()
    }

    func appendTrailers(to block: inout HeaderBlock) -> Bool {
        status.append(to: &block)
        if !trailers.isEmpty { trailers.append(to: &block) }
        return true
    }

    /// A caller that never reads its answer does not keep the stream.
    private func linger() {
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

    private func submit(
        _ session: ServerSession, endsStream: Bool, _ fill: (inout HeaderBlock) -> Void
    ) {
        do {
            try session.http2.respond(stream, endsStream: endsStream, fill)
        } catch {
            // Out of memory, or a stream the library is closing: there is nobody to answer.
            stream.reset(.internalError)
        }
    }
}
