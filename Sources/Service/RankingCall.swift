// The steps of a request that ranks, whether items or ads, alone or in a stream: profile, texts, rank,
// answer. Each step checks that the request still lives. Where the profile is in memory, no text has
// to be encoded and the list is short, which is the bidder's normal case, all steps are taken at once.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// One request. Confined to its call's loop; the completion comes exactly once, unless `cancel` came
/// first.
final class RankingCall<Question: RankingQuestion> {
    private enum Step {
        case start, profile, texts, rank, done
    }

    private let state: ServerState
    private let call: ServerCall
    private let callerClass: CallerClass
    private let models: ServingModels
    private let received: MonotonicTime
    private let question: Question
    private var step = Step.start
    private var profile: ProfileVersion?
    private var encoding: RequestTexts?
    private var reading = RequestReading()
    private var ticket: Scheduler.Ticket?
    /// Set while the call waits for something, of a question with a deadline of its own.
    private var timer: LoopTimer?
    private var completion: ((Result<Question.Response, Fault>) -> Void)?

    /// - Parameter received: when the request had arrived.
    init(
        _ question: Question, state: ServerState, call: ServerCall,
        callerClass: CallerClass,
        received: MonotonicTime
    ) {
        self.question = question
        self.state = state
        self.call = call
        self.callerClass = callerClass
        self.received = received
        models = state.models.load()
    }

    func start(_ completion: @escaping (Result<Question.Response, Fault>) -> Void) {
        precondition(step == .start, "starts once")
        self.completion = completion
        if let deadline = question.deadline, state.time.now() >= deadline { return late() }
        step = .profile
        switch question.user {
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
        timer?.cancel()
        encoding?.cancel()
        ticket?.cancel()
    }

    // MARK: Deadline

    /// Something is waited for that may take longer than there is time.
    private func watchDeadline() {
        guard timer == nil, let deadline = question.deadline else { return }
        timer = call.schedule(at: deadline) { [weak self] in self?.late() }
    }

    private func late() {
        guard step != .done,
            let response = question.lateResponse(reading, models: models)
        else { return }
        encoding?.cancel()
        ticket?.cancel()
        finish(.success(response))
    }

    private func finish(_ result: Result<Question.Response, Fault>) {
        step = .done
        timer?.cancel()
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    // MARK: Profile

    private func readProfile(of pseudonym: Pseudonym) {
        let isPending = state.lookUpProfile(of: pseudonym, for: self, on: call) {
            ranking, result, _ in ranking.profileArrived(result)
        }
        if isPending { watchDeadline() }
    }

    private func profileArrived(_ result: Result<ProfileVersion?, Fault>) {
        guard step == .profile else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(nil):
            guard question.admitsStrangers else {
                return finish(.failure(.unknownUser("user.user_id")))
            }
            encodeTexts()
        case .success(let profile?):
            self.profile = call.permitted(profile)
            if call.labels != .all { reading.leftOut = Question.leftOut(call.labels) }
            encodeTexts()
        }
    }

    // MARK: Texts

    private func encodeTexts() {
        step = .texts
        var texts = question.texts
        if case .inline(let user) = question.user { texts.append(user.text) }
        if texts.isEmpty { return textsArrived(.success(RequestTexts.Encoded())) }
        let encoding = RequestTexts(
            state: state, models: models, call: call, callerClass: callerClass)
        self.encoding = encoding
        watchDeadline()
        encoding.encode(texts, field: Question.textsField) { [unowned self] in textsArrived($0) }
    }

    private func textsArrived(_ result: Result<RequestTexts.Encoded, Fault>) {
        guard step == .texts else { return }
        do throws(Fault) {
            var encoded = try result.get()
            var subject = Subject(profile ?? ProfileVersion(Profile()))
            if case .inline(let user) = question.user {
                reading.userText = encoded.infos.removeLast()
                subject = Subject(
                    profile: try models.profile(
                        of: user, maxRecentItems: state.limits.maxRecentItems),
                    text: encoded.vectors.removeLast())
            }
            subject.context = RequestContext(unixNanoseconds: state.time.unixNanoseconds())
            reading.texts = encoded.infos
            reading.timings = encoded.timings
            rank(for: subject, vectors: encoded.vectors)
        } catch { finish(.failure(error)) }
    }

    // MARK: Ranking

    /// A short list is ranked where it lies; what a long one needs moves to a worker.
    private func rank(for subject: Subject, vectors: [Int8Vector?]) {
        step = .rank
        var work = question.work(for: subject, vectors: vectors, models: models)
        let count = question.candidateCount
        if question.fitsLoop(state.limits) {
            return ranked(.success(Timed(state.time) { work.rank(count) }))
        }
        watchDeadline()
        ticket = state.rankOnWorker(
            for: self, on: call, callerClass: callerClass,
            work: { [work] in
                var work = work
                return work.rank(count)
            },
            then: { ranking, result, _ in ranking.ranked(result) })
    }

    private func ranked(_ result: Result<Timed<Question.Work.Ranked>, Fault>) {
        guard step == .rank else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let timed):
            reading.timings.scoreNanoseconds = timed.nanoseconds
            reading.timings.totalNanoseconds = Int64(
                state.time.now().nanoseconds(since: received))
            call.addScore(nanoseconds: timed.nanoseconds)
            let response = question.response(to: timed.value, reading, models: models)
            if let latest = question.latest, state.time.now() >= latest { return late() }
            finish(.success(response))
        }
    }
}
