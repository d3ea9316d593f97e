// What ScoreItems and ScoreAds need before they can rank: the user's profile and the vectors of the
// texts that the request carries. Profile, then texts; each step checks that the call still lives.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// Gathers for one call. Confined to the call's loop; its completion comes exactly once, unless
/// `cancel` came first.
final class RankingInputs {
    struct Gathered {
        var subject: Subject
        /// One for each text given, in order; nil for an empty one.
        var vectors: [Int8Vector?]
        var textInfos: [TextInfo?]
        var userText: TextInfo?
        var timings: Timings
        /// Features that the caller's labels keep from a stored user.
        var leftOut: [String] = []
    }

    private enum Step {
        case start, profile, texts, done
    }

    private let state: ServerState
    private let call: ServerCall
    private let models: ServingModels
    private let callerClass: CallerClass
    private let user: UserReference
    private let texts: [String]
    private let textsField: String
    private var step = Step.start
    private var profile = Profile()
    private var encoding: RequestTexts?
    private var completion: ((Result<Gathered, Fault>) -> Void)?

    init(
        state: ServerState, call: ServerCall, models: ServingModels, callerClass: CallerClass,
        user: UserReference, texts: [String], textsField: String
    ) {
        self.state = state
        self.call = call
        self.models = models
        self.callerClass = callerClass
        self.user = user
        self.texts = texts
        self.textsField = textsField
    }

    func gather(_ completion: @escaping (Result<Gathered, Fault>) -> Void) {
        precondition(step == .start, "gathers once")
        self.completion = completion
        step = .profile
        switch user {
        case .stored(let id):
            do throws(Fault) {
                readProfile(of: try state.pseudonymizer.pseudonym(of: id))
            } catch { finish(.failure(error)) }
        case .inline: encodeTexts()
        }
    }

    /// The completion will not come.
    func cancel() {
        step = .done
        completion = nil
        encoding?.cancel()
    }

    private func finish(_ result: Result<Gathered, Fault>) {
        step = .done
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    private func readProfile(of pseudonym: Pseudonym) {
        let confined = LoopConfined(self, to: call.mailbox)
        let lookup = state.profiles.profile(for: pseudonym, mailbox: call.mailbox) {
            confined.value.profileArrived($0)
        }
        switch lookup {
        case .ready(let profile): profileArrived(.success(profile))
        case .refused(let fault): finish(.failure(fault))
        case .pending: break
        }
    }

    private func profileArrived(_ result: Result<Profile?, Fault>) {
        guard step == .profile else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(nil):
            finish(
                .failure(
                    Fault(
                        .notFound, reason: "USER_NOT_FOUND", "user.user_id: no such user",
                        fieldViolations: [
                            .init(field: "user.user_id", description: "no such user")
                        ])))
        case .success(let profile?):
            let labels = call.labels
            self.profile = labels == .all ? profile : profile.permitted(labels).profile
            encodeTexts()
        }
    }

    private func encodeTexts() {
        step = .texts
        var texts = self.texts
        if case .inline(let user) = user { texts.append(user.text) }
        let encoding = RequestTexts(
            state: state, models: models, call: call, callerClass: callerClass)
        self.encoding = encoding
        encoding.encode(texts, field: textsField) { [unowned self] in textsArrived($0) }
    }

    private func textsArrived(_ result: Result<RequestTexts.Encoded, Fault>) {
        guard step == .texts else { return }
        do throws(Fault) {
            var encoded = try result.get()
            var gathered = Gathered(
                subject: Subject(profile: profile), vectors: [], textInfos: [], userText: nil,
                timings: encoded.timings)
            switch user {
            case .stored: gathered.leftOut = FeatureSchema.leftOut(call.labels)
            case .inline(let user):
                gathered.userText = encoded.infos.removeLast()
                gathered.subject = Subject(
                    profile: try profile(of: user), text: encoded.vectors.removeLast())
            }
            gathered.vectors = encoded.vectors
            gathered.textInfos = encoded.infos
            finish(.success(gathered))
        } catch { finish(.failure(error)) }
    }

    /// The profile of a user described in the request, by the fold that stored users have.
    private func profile(of user: InlineUser) throws(Fault) -> Profile {
        var fold = ProfileFold(maxRecentItems: state.limits.maxRecentItems)
        for (i, event) in user.events.enumerated() {
            guard let row = models.catalog.items.row(of: event.itemId) else {
                throw Fault(
                    .notFound, reason: "ITEM_NOT_FOUND",
                    "user.inline.events[\(i)].item_id: no such item",
                    fieldViolations: [
                        .init(
                            field: "user.inline.events[\(i)].item_id", description: "no such item")
                    ])
            }
            fold.add(models.catalog.items.enrich(event, row: row))
        }
        return fold.profile(attributes: user.attributes)
    }
}
