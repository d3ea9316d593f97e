internal import Base
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// Reads what a stored user bought and looked at, a page of the journal after the other. Confined to the
/// call's loop; the completion comes exactly once.
final class UserPastReading {
    private static let pageSize = 2_000

    private(set) var past = UserPast()
    private let pseudonym: Pseudonym
    private let state: ServerState
    private let call: ServerCall
    private var eventCount = 0
    private var completion: ((Fault?) -> Void)?

    init(of pseudonym: Pseudonym, state: ServerState, call: ServerCall) {
        self.pseudonym = pseudonym
        self.state = state
        self.call = call
    }

    func start(_ completion: @escaping (Fault?) -> Void) {
        self.completion = completion
        read(after: "")
    }

    /// The completion will not come.
    func cancel() { completion = nil }

    private func read(after eventId: String) {
        let confined = LoopConfined(self, to: call.mailbox)
        let fault = state.profiles.events(
            of: pseudonym, after: eventId, limit: Self.pageSize, mailbox: call.mailbox
        ) { confined.value.arrived($0) }
        if let fault { finish(fault) }
    }

    private func arrived(_ result: Result<[Event], Fault>) {
        switch result {
        case .failure(let fault): finish(fault)
        case .success(let events):
            // Who asked may have gone: what follows would be for nobody.
            guard completion != nil else { return }
            for event in events { past.add(event) }
            eventCount += events.count
            guard let last = events.last, events.count == Self.pageSize,
                eventCount < state.limits.maxPastEvents
            else { return finish(nil) }
            read(after: last.eventId)
        }
    }

    private func finish(_ fault: Fault?) {
        let completion = self.completion
        self.completion = nil
        completion?(fault)
    }
}

extension InlineUser {
    /// What the request says that the user bought and looked at.
    var past: UserPast {
        var past = UserPast()
        for event in events { past.add(event) }
        return past
    }
}
