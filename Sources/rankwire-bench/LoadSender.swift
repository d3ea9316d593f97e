import Base
import RPC

/// The loop's side of the generator. Confined to its loop.
final class LoadSender {
    private let loop: EventLoop
    private var connections: [ClientConnection] = []
    private var requests = LoadRequests(.classify, texts: [], itemsPerRequest: 0)
    private var options = LoadOptions()
    private var random = SeededRandom(seed: 1)
    private var position = 0
    private var underWay = 0
    private var onIdle: (() -> Void)?
    /// Every answer is followed by the next request until then.
    private var saturatedUntil: MonotonicTime?
    private(set) var record = LoadRecord()
    /// Why a connection was not made or did not last.
    private(set) var failure: String?

    /// - Parameter opened: called once, when all connections are open or one has failed.
    init(
        loop: EventLoop, target: ClientTarget, connections count: Int,
        opened: @escaping () -> Void
    ) {
        self.loop = loop
        var waiting = count
        for _ in 0..<count {
            connections.append(
                ClientConnection(
                    loop: loop, target: target,
                    onOpen: { [unowned self] error in
                        if let error { failure = "\(error)" }
                        waiting -= 1
                        if waiting == 0 { opened() }
                    },
                    onClosed: { [unowned self] in
                        failure = failure ?? "the server closed a connection"
                    }))
        }
    }

    func close() {
        for connection in connections { connection.close() }
    }

    func begin(_ requests: LoadRequests, _ options: LoadOptions) {
        self.requests = requests
        self.options = options
        random = SeededRandom(seed: options.seed)
        position = 0
        saturatedUntil = nil
        record = LoadRecord()
    }

    func whenIdle(_ action: @escaping () -> Void) {
        if underWay == 0 { action() } else { onIdle = action }
    }

    func saturate(inFlight: Int, until: MonotonicTime) {
        saturatedUntil = until
        for _ in 0..<inFlight { send(meantFor: loop.time.now()) }
    }

    func send(meantFor moment: MonotonicTime) {
        record.sent(delayNanoseconds: loop.time.now().nanoseconds(since: moment))
        guard let connection = nextConnection() else {
            return record.ended(
                .unavailable, latencyNanoseconds: 0, sinceSentNanoseconds: 0, deadlineMs: nil)
        }
        underWay += 1
        let message = requests.messages[position % requests.messages.count]
        position += 1
        let call = connection.start(
            requests.path, CallOptions(deadlineMs: options.deadlineMs),
            handler: LoadCall(
                sender: self, text: (position - 1) % requests.messages.count, meantFor: moment,
                sentAt: loop.time.now()))
        call.send(message)
        call.finishSending()
        if Double.random(in: 0..<100, using: &random) < options.cancelPercent {
            loop.schedule(afterMs: Int.random(in: 0...5, using: &random)) { call.cancel() }
        }
    }

    /// The next one that is open, in turn.
    private func nextConnection() -> ClientConnection? {
        for offset in connections.indices {
            let connection = connections[(position + offset) % connections.count]
            if connection.isOpen { return connection }
        }
        return nil
    }

    fileprivate func received(_ message: RawSpan) -> LoadAnswer? {
        let answer = requests.read?(message)
        if let answer { record.read(answer) }
        return answer
    }

    fileprivate func ended(
        _ status: RPCStatus, text: Int, _ answer: LoadAnswer?, meantFor moment: MonotonicTime,
        sentAt: MonotonicTime
    ) {
        let now = loop.time.now()
        if let answer, answer.encodeNanoseconds > 0 {
            record.encodings.append(
                LoadEncoding(
                    text: text, tokens: answer.tokens, nanoseconds: answer.encodeNanoseconds,
                    answered: now, latencyNanoseconds: now.nanoseconds(since: moment)))
        }
        record.ended(
            status.code, latencyNanoseconds: now.nanoseconds(since: moment),
            sinceSentNanoseconds: now.nanoseconds(since: sentAt), deadlineMs: options.deadlineMs)
        underWay -= 1
        if let saturatedUntil, now < saturatedUntil { send(meantFor: now) }
        if underWay == 0 {
            onIdle?()
            onIdle = nil
        }
    }
}

/// Kept by its call until that has ended.
private final class LoadCall: ClientCallHandler {
    private let sender: LoadSender
    private let text: Int
    private let meantFor: MonotonicTime
    private let sentAt: MonotonicTime
    private var answer: LoadAnswer?

    init(sender: LoadSender, text: Int, meantFor: MonotonicTime, sentAt: MonotonicTime) {
        self.sender = sender
        self.text = text
        self.meantFor = meantFor
        self.sentAt = sentAt
    }

    func received(_ message: RawSpan, on call: ClientCall) { answer = sender.received(message) }

    func ended(_ status: RPCStatus, _ call: ClientCall) {
        sender.ended(status, text: text, answer, meantFor: meantFor, sentAt: sentAt)
    }
}
