// The steps of a request that finds items: profile, past, texts, then candidates and their ranking in
// pieces on the workers. Each step checks that the request still lives. A page that is not the first is
// read from what the first one found.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// One request. Confined to its call's loop; the completion comes exactly once, unless `cancel` came
/// first.
final class FindItemsCall {
    private enum Step {
        case start, profile, past, texts, find, done
    }

    /// Pieces of work go on on a worker until so much time has passed.
    private static let sliceNanoseconds: UInt64 = 300_000

    private let state: ServerState
    private let call: ServerCall
    private let models: ServingModels
    private let received: MonotonicTime
    private let request: FindItemsRequest
    private let kind: FindItemsKind
    private let callerClass: CallerClass
    private var step = Step.start
    private var pseudonym: Pseudonym?
    private var profile: ProfileVersion?
    private var past: UserPastReading?
    private var encoding: RequestTexts?
    private var ticket: Scheduler.Ticket?
    private var response = FindItemsResponse()
    private var featuresLeftOut: [String] = []
    private var workNanoseconds: Int64 = 0
    private var completion: ((Result<FindItemsResponse, Fault>) -> Void)?

    /// - Parameter received: when the request had arrived.
    init(
        _ request: consuming FindItemsRequest, _ kind: FindItemsKind, state: ServerState,
        call: ServerCall, received: MonotonicTime
    ) {
        self.request = request
        self.kind = kind
        self.state = state
        self.call = call
        self.received = received
        callerClass = call.callerClass(.interactive)
        models = state.models.load()
    }

    func start(_ completion: @escaping (Result<FindItemsResponse, Fault>) -> Void) {
        precondition(step == .start, "starts once")
        self.completion = completion
        guard request.pageToken.isEmpty else { return readPage() }
        step = .profile
        switch request.user {
        case nil: encodeTexts()
        case .inline(let user):
            response.knowledge = user.events.isEmpty ? .noBehaviour : .behaviour
            encodeTexts()
        case .stored(let id):
            do throws(Fault) {
                readProfile(of: try state.pseudonymizer.pseudonym(of: id))
            } catch { finish(.failure(error)) }
        }
    }

    /// The completion will not come.
    func cancel() {
        step = .done
        completion = nil
        past?.cancel()
        encoding?.cancel()
        ticket?.cancel()
    }

    private func finish(_ result: Result<FindItemsResponse, Fault>) {
        step = .done
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    private func readPage() {
        let page = state.pages.read(
            request.pageToken, kind, caller: call.knownCaller?.name, now: state.time.now())
        guard let (found, offset) = page else {
            return finish(
                .failure(
                    .invalid(
                        "page_token",
                        "is none that this server gave of late: ask for the first page again")))
        }
        finish(.success(response(found, from: offset, token: request.pageToken)))
    }

    // MARK: Profile

    private func readProfile(of pseudonym: Pseudonym) {
        self.pseudonym = pseudonym
        state.lookUpProfile(of: pseudonym, for: self, on: call) { finding, result, _ in
            finding.profileArrived(result)
        }
    }

    private func profileArrived(_ result: Result<ProfileVersion?, Fault>) {
        guard step == .profile else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(nil):
            response.knowledge = .unknownUser
            encodeTexts()
        case .success(let found?):
            profile = call.permitted(found)
            if call.labels != .all { featuresLeftOut = FeatureSchema.leftOut(call.labels) }
            response.knowledge =
                profile?.profile.eventCount == 0 ? .noBehaviour : .behaviour
            readPast()
        }
    }

    // MARK: Past

    private func readPast() {
        guard request.rules.pastItems != .all else { return encodeTexts() }
        guard call.labels.permits(.activity), let pseudonym else {
            response.leftOut.append("rules.past_items")
            return encodeTexts()
        }
        step = .past
        let reading = UserPastReading(of: pseudonym, state: state, call: call)
        past = reading
        reading.start { [unowned self] in pastArrived($0) }
    }

    private func pastArrived(_ result: Fault?) {
        guard step == .past else { return }
        if let result { finish(.failure(result)) } else { encodeTexts() }
    }

    // MARK: Texts

    private func encodeTexts() {
        step = .texts
        var userText = ""
        if case .inline(let user) = request.user { userText = user.text }
        let encoding = RequestTexts(
            state: state, models: models, call: call, callerClass: callerClass)
        self.encoding = encoding
        encoding.encode([request.query, userText], field: "query") { [unowned self] in
            textsArrived($0)
        }
    }

    private func textsArrived(_ result: Result<RequestTexts.Encoded, Fault>) {
        guard step == .texts else { return }
        do throws(Fault) {
            let encoded = try result.get()
            response.queryText = encoded.infos[0]
            response.userText = encoded.infos[1]
            response.timings = encoded.timings
            var subject = Subject(profile ?? ProfileVersion(Profile()))
            // Of whom nothing is known, nothing was bought; of whom it may not be known, anything.
            var seen = response.leftOut.isEmpty ? past?.past ?? UserPast() : nil
            if case .inline(let user) = request.user {
                subject = Subject(
                    profile: try models.profile(
                        of: user, maxRecentItems: state.limits.maxRecentItems),
                    text: encoded.vectors[1])
                seen = user.past
            }
            let now = state.time.unixNanoseconds()
            subject.context = request.context ?? RequestContext(unixNanoseconds: now)
            if subject.context?.unixNanoseconds == nil { subject.context?.unixNanoseconds = now }
            find(for: subject, seen, meaning: encoded.vectors[0])
        } catch { finish(.failure(error)) }
    }

    // MARK: Finding

    private func find(for subject: Subject, _ past: UserPast?, meaning: Int8Vector?) {
        step = .find
        var query = CandidateQuery(sources: sources, rules: request.rules, past: past)
        query.words = request.query
        query.meaning = meaning
        let order = RecommendationOrder(
            query: query, maxCount: state.limits.maxFoundItems, diversity: request.diversity,
            explain: request.explain)
        work(
            on: SharedJob(
                RecommendationJob(
                    order, for: subject, index: models.candidates, table: models.catalog.items,
                    ranker: models.ranker)))
    }

    private var sources: CandidateSources {
        if !request.sources.isEmpty { return request.sources }
        return kind == .search ? .query : .user
    }

    private func work(on job: SharedJob) {
        let confined = LoopConfined(self, to: call.mailbox)
        let time = state.time
        ticket = state.scheduler.perform(
            deadline: call.deadline, class: callerClass, mailbox: call.mailbox,
            work: { Timed(time) { job.advance(for: Self.sliceNanoseconds, time) } },
            completion: { confined.value.worked($0, on: job) })
    }

    private func worked(_ result: Result<Timed<FoundItems?>, Fault>, on job: SharedJob) {
        guard step == .find else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let timed):
            workNanoseconds += timed.nanoseconds
            guard let items = timed.value else { return work(on: job) }
            found(items)
        }
    }

    private func found(_ items: FoundItems) {
        let table = models.catalog.items
        response.explanation = items.explanation
        response.explanation?.leftOut = featuresLeftOut
        response.candidateCount = items.candidateCount
        response.bundleVersion = models.card.bundleVersion
        let found = FoundPages.Found(
            kind: kind, caller: call.knownCaller?.name, pseudonym: pseudonym,
            rows: items.rows.map {
                FoundPages.Row(
                    itemId: table.id(at: Int($0.row)), logit: $0.logit,
                    probability: $0.probability, sources: $0.sources)
            }, template: response)
        let token =
            found.rows.count > request.count
            ? state.pages.keep(found, now: state.time.now()) : ""
        var response = response(found, from: 0, token: token)
        response.timings.scoreNanoseconds = workNanoseconds
        response.timings.totalNanoseconds = Int64(
            state.time.now().nanoseconds(since: received))
        finish(.success(response))
    }

    // MARK: Pages

    /// A page: items that the catalogue has by now, as they were ranked.
    private func response(
        _ found: FoundPages.Found, from offset: Int, token: String
    ) -> FindItemsResponse {
        let table = models.catalog.items
        var response = found.template
        var place = offset
        while place < found.rows.count, response.rows.count < request.count {
            defer { place += 1 }
            let row = found.rows[place]
            guard let tableRow = table.row(of: row.itemId) else { continue }
            response.rows.append(
                FindItemsResponse.Row(
                    itemId: row.itemId, probability: row.probability, logit: row.logit,
                    rank: place + 1, sources: row.sources,
                    title: request.includesTitles ? table.item(at: tableRow).title : ""))
        }
        response.nextPageToken =
            place < found.rows.count ? FoundPages.token(token, continuingAt: place) : ""
        response.explanation = found.explanation(of: response.rows.map(\.rank))
        return response
    }
}
