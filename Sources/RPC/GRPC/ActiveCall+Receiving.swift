internal import Base

extension ActiveCall {
    func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        guard isOpen else {
            stream.consume(bytes.count)
            return
        }
        if isReadingPaused || !held.isEmpty {
            held.append(bytes)
            return
        }
        var rest = bytes
        deliver(&rest)
        stream.consume(bytes.count - rest.count)
        if !rest.isEmpty { held.append(rest) }
    }

    func endReceived() {
        guard isOpen else { return }
        if held.isEmpty { finishReceiving() } else { isEndHeld = true }
    }

    func pauseReading() { isReadingPaused = true }

    func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        // From inside a handler's `received` the loop below it goes on by itself.
        if !isDelivering { deliverHeld() }
    }

    private func deliverHeld() {
        while !held.isEmpty && !isReadingPaused {
            var rest = held.readable
            let before = rest.count
            deliver(&rest)
            let used = before - rest.count
            held.consume(used)
            stream.consume(used)
        }
        if held.isEmpty && isEndHeld {
            isEndHeld = false
            if isOpen { finishReceiving() }
        }
    }

    /// Hands whole messages to the handler until the bytes are used up or the handler pauses.
    private func deliver(_ bytes: inout UnsafeRawBufferPointer) {
        isDelivering = true
        defer { isDelivering = false }
        while isOpen && !isReadingPaused {
            let gatheredBefore = deframer.gatheredBytes
            let outcome = deframer.next(&bytes)
            session?.gatheredBytes += deframer.gatheredBytes - gatheredBefore
            switch outcome {
            case .needsMore:
                checkGathered()
                return
            case .message(let isCompressed, let message):
                if isCompressed { unpack(message) } else { hand(message) }
            case .tooLarge(let announced):
                let limit = environment.limits.maxMessageBytes
                reject(
                    .resourceExhausted,
                    "a message of \(announced) bytes is larger than the limit of \(limit)")
            case .badFlags(let flags):
                reject(.internal, "a message has unknown flags \(flags)")
            }
        }
        // What comes after the end of a call interests nobody.
        if !isOpen { bytes = UnsafeRawBufferPointer(start: nil, count: 0) }
    }

    private func unpack(_ packed: UnsafeRawBufferPointer) {
        guard let encoding = request.encoding, encoding != .identity else {
            reject(.internal, "a message is compressed but grpc-encoding is not given")
            return
        }
        let limit = environment.limits.maxMessageBytes
        switch environment.codec.unpack(packed, maxBytes: limit) {
        case .message(let message): hand(message)
        case .tooLarge:
            reject(.resourceExhausted, "a message unpacks to more than the limit of \(limit) bytes")
        case .damaged: reject(.internal, "a compressed message is damaged")
        }
    }

    private func hand(_ message: UnsafeRawBufferPointer) {
        messagesReceived += 1
        if messagesReceived > 1, method?.kind.takesOneRequest == true {
            reject(.unimplemented, "this method takes one message")
            return
        }
        handler?.received(message.bytes, on: ServerCall(self))
    }

    private func finishReceiving() {
        if deframer.isMidMessage {
            reject(.internal, "the request ended inside a message")
        } else if messagesReceived == 0, method?.kind.takesOneRequest == true {
            reject(.unimplemented, "this method takes one message and none came")
        } else {
            handler?.receivedEnd(on: ServerCall(self))
        }
    }

    private func checkGathered() {
        guard let session, session.gatheredBytes > environment.limits.maxGatheredBytes else {
            return
        }
        reject(.resourceExhausted, "too many incomplete messages on this connection")
    }

    /// Keeps the connection's sum true while `change` empties the deframer.
    func noteGathered(_ change: (ActiveCall) -> Void) {
        session?.gatheredBytes -= deframer.gatheredBytes
        change(self)
    }
}
