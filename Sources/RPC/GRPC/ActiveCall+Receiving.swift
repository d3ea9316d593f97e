internal import Base

extension ActiveCall: MessageInboxOwner {
    var takesMessages: Bool { isOpen }
    var messageEncoding: MessageEncoding? { request.encoding }

    func finishRequest() {
        incompleteBegunAt = nil
        if isOpen { inbox.ended() }
        if phase == .refused, let refusal = request.refusal { refuse(refusal) }
    }

    /// Since when the caller owes the rest of a message; nil while it owes nothing, or while the
    /// handler does not want it.
    var incompleteSince: MonotonicTime? { isOpen && !inbox.isPaused ? incompleteBegunAt : nil }

    /// The caller's time starts anew: until now it was not asked for more.
    func resumeReading() {
        if incompleteBegunAt != nil { incompleteBegunAt = environment.now }
        inbox.resume()
    }

    /// A message in pieces has begun, gone on or come to its end.
    private func noteGathered(_ change: Int) {
        if change < 0 {
            incompleteBegunAt = method?.kind.takesOneRequest == true ? incompleteBegunAt : nil
        } else if incompleteBegunAt == nil {
            incompleteBegunAt = environment.now
        }
    }

    func inboxReceived(_ message: UnsafeRawBufferPointer) {
        messagesReceived += 1
        if messagesReceived > 1, method?.kind.takesOneRequest == true {
            reject(.unimplemented, "this method takes one message")
            return
        }
        handler?.received(message.bytes, on: ServerCall(self))
    }

    func inboxEnded(isMidMessage: Bool) {
        guard isOpen else { return }
        if isMidMessage {
            reject(.internal, "the request ended inside a message")
        } else if messagesReceived == 0, method?.kind.takesOneRequest == true {
            reject(.unimplemented, "this method takes one message and none came")
        } else {
            handler?.receivedEnd(on: ServerCall(self))
        }
    }

    func inboxRefused(_ fault: MessageFault, _ status: RPCStatus) {
        let counters = environment.counters
        switch fault {
        case .tooLarge: counters.messagesTooLarge.add()
        case .bomb:
            counters.messagesTooLarge.add()
            counters.bombsRefused.add()
        case .gatheredTooMuch: counters.gatheredTooMuch.add()
        case .malformed: break
        }
        reject(status.code, status.message)
    }

    func inboxGathered(_ change: Int) -> Bool {
        guard let session else { return true }
        noteGathered(change)
        session.gatheredBytes += change
        return change < 0 || session.gatheredBytes <= environment.limits.maxGatheredBytes
    }
}
