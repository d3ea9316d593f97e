internal import Base

extension ActiveCall: MessageInboxOwner {
    var takesMessages: Bool { isOpen }
    var messageEncoding: MessageEncoding? { request.encoding }

    func dataReceived(_ bytes: UnsafeRawBufferPointer) { inbox.received(bytes) }

    func endReceived() {
        if isOpen { inbox.ended() }
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

    func inboxRefused(_ status: RPCStatus) { reject(status.code, status.message) }

    func inboxGathered(_ change: Int) -> Bool {
        guard let session else { return true }
        session.gatheredBytes += change
        return change < 0 || session.gatheredBytes <= environment.limits.maxGatheredBytes
    }
}
