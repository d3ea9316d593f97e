// The profile of one stored user, as several RPCs look it up.

internal import Base
internal import Messages
internal import RPC
internal import Store

extension ServerState {
    /// Finds the profile, nil where nothing is stored of the user, and hands it to `then` on the call's
    /// loop: before this returns when it is in memory, later otherwise.
    /// - Returns: whether it is still to come.
    @discardableResult
    func lookUpProfile<Handler: AnyObject>(
        of pseudonym: Pseudonym, for handler: Handler, on call: ServerCall,
        then: @escaping @Sendable (Handler, Result<ProfileVersion?, Fault>, ServerCall) -> Void
    ) -> Bool {
        // Most are in memory, and need no completion made for them.
        if let known = profiles.profileInMemory(of: pseudonym) {
            then(handler, .success(known), call)
            return false
        }
        let confined = LoopConfined((handler, call), to: call.mailbox)
        let lookup = profiles.profile(for: pseudonym, mailbox: call.mailbox) { result in
            let (handler, call) = confined.value
            then(handler, result, call)
        }
        switch lookup {
        case .ready(let profile): then(handler, .success(profile), call)
        case .refused(let fault): then(handler, .failure(fault), call)
        case .pending: return true
        }
        return false
    }

    /// The same for who needs one: a user nothing is stored of is NOT_FOUND.
    func profile<Handler: AnyObject>(
        of pseudonym: Pseudonym, for handler: Handler, on call: ServerCall,
        then: @escaping @Sendable (Handler, Result<ProfileVersion, Fault>, ServerCall) -> Void
    ) {
        lookUpProfile(of: pseudonym, for: handler, on: call) { handler, result, call in
            then(handler, Self.found(result), call)
        }
    }

    /// What the caller may see of a profile.
    func view(of profile: Profile, for call: ServerCall) -> ProfileView {
        profile.view(call.labels, in: population.load())
    }

    private static func found(
        _ result: Result<ProfileVersion?, Fault>
    ) -> Result<ProfileVersion, Fault> {
        result.flatMap { version in
            version.map { .success($0) } ?? .failure(.unknownUser("user_id"))
        }
    }
}

extension Fault {
    /// - Parameter field: where the request names the user.
    static func unknownUser(_ field: String) -> Fault {
        Fault(
            .notFound, reason: "USER_NOT_FOUND", "\(field): no such user",
            fieldViolations: [.init(field: field, description: "no such user")])
    }
}
