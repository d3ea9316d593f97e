// Who calls and what they may: decided once for a connection and its credentials, looked up after
// that. What is refused says why in general; whether a token exists, or for what, it does not say.

internal import Base
public import RPC

/// What was decided on one connection.
private final class CallerPass: ConnectionPass {
    let caller: Caller
    let generation: Int
    /// The `authorization` it was decided for; empty for a certificate.
    private let authorization: [UInt8]
    /// A bit a method of the registry: known to be granted.
    private var granted: UInt64 = 0

    init(_ caller: Caller, generation: Int, authorization: [UInt8]) {
        self.caller = caller
        self.generation = generation
        self.authorization = authorization
    }

    func isFor(_ call: ServerCall) -> Bool {
        call.withAuthorization { Authorization.areEqual($0, authorization) }
    }

    func grants(_ call: ServerCall) -> Bool {
        let index = call.methodIndex
        let bit: UInt64 = index < 64 ? 1 << UInt64(index) : 0
        if granted & bit != 0 { return true }
        guard caller.grants.contains(call.path) else { return false }
        granted |= bit
        return true
    }
}

/// One loop's gate. Confined to it.
public final class CallerGate: CallGate {
    private let directory: CallerDirectory
    private let context: LoopContext

    /// Load balancers ask for health without being anybody.
    private static let openToAll = "/grpc.health.v1.Health/"

    public init(_ directory: CallerDirectory, _ context: LoopContext) {
        self.directory = directory
        self.context = context
    }

    public func admits(_ call: ServerCall) -> Bool {
        do throws(Fault) {
            guard let pass = try pass(of: call) else { return true }
            guard pass.grants(call) else {
                pass.caller.counters.refusedByRights.add()
                throw Fault(
                    .permissionDenied, reason: "RPC_NOT_GRANTED", "this caller may not use this RPC"
                )
            }
            try pass.caller.takeRequest(now: call.now)
            call.caller = pass.caller
            return true
        } catch {
            call.fail(error, context.codec)
            return false
        }
    }

    /// Nil for a call that is open to all.
    private func pass(of call: ServerCall) throws(Fault) -> CallerPass? {
        if let pass = call.pass as? CallerPass, pass.generation == directory.generation,
            pass.isFor(call)
        {
            return pass
        }
        if call.path.hasPrefix(Self.openToAll) { return nil }
        let generation = directory.generation
        let credentials = Authorization(bytes: call.authorization)
        let pass = CallerPass(
            try identify(credentials, call), generation: generation,
            authorization: credentials.bytes)
        call.pass = pass
        return pass
    }

    private func identify(
        _ credentials: Authorization, _ call: ServerCall
    ) throws(Fault) -> Caller {
        guard !credentials.bytes.isEmpty || call.certificate != nil else {
            directory.credentialsMissing.add()
            throw Fault(
                .unauthenticated, reason: "CREDENTIALS_MISSING",
                "call with a bearer token or a client certificate")
        }
        guard directory.guesses.mayTry(call.peer, now: call.now) else {
            directory.tooManyAttempts.add()
            throw Fault(
                .resourceExhausted, reason: "TOO_MANY_ATTEMPTS",
                "too many unknown credentials came from this address", retryAfterMs: 1_000)
        }
        let callers = directory.current
        let caller: Caller? =
            if let token = credentials.token {
                callers.caller(token: token.span)
            } else if credentials.bytes.isEmpty, let certificate = call.certificate {
                callers.caller(certificate: certificate)
            } else { nil }
        guard let caller else {
            directory.credentialsUnknown.add()
            directory.guesses.failed(call.peer, now: call.now)
            throw Fault(
                .unauthenticated, reason: "CREDENTIALS_UNKNOWN", "the credentials are not known")
        }
        return caller
    }
}
