// AdService.SelectAudience: the brief's text or ads, then the thread that has all profiles, then the
// summary and the users, as fast as the caller reads.

internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class SelectAudience: CallHandler {
    private enum Step {
        case start, text, select, send, done
    }

    private static let usersPerMessage = 1_000

    private let context: LoopContext
    private let models: ServingModels
    private let cancellation = AudienceCancellation()
    private var step = Step.start
    private var encoding: RequestTexts?
    private var members: ArraySlice<AudienceMember> = []

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeSelectAudienceRequest(message)
            switch request.brief {
            case .ad(let id):
                guard let row = models.ads.index.table.row(of: id) else {
                    throw .unknownCandidate("ad")
                }
                select(.ads(.ad(row: row), request.outcome), request, on: call)
            case .campaign(let id):
                guard let code = models.ads.index.campaigns.code(of: id) else {
                    throw .unknownCandidate("campaign")
                }
                select(.ads(.campaign(code), request.outcome), request, on: call)
            case .text(let text): encode(text, request, on: call)
            }
        } catch { fail(error, on: call) }
    }

    func writable(on call: ServerCall) { sendMore(on: call) }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        members = []
        encoding?.cancel()
        cancellation.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    private func encode(_ text: String, _ request: SelectAudienceRequest, on call: ServerCall) {
        step = .text
        let encoding = RequestTexts(
            state: context.state, models: models, call: call, callerClass: call.callerClass(.bulk))
        self.encoding = encoding
        encoding.encode([text], field: "text") { [unowned self] result in
            guard step == .text else { return }
            do throws(Fault) {
                guard let vector = try result.get().vectors[0] else {
                    throw .invalid("text", "must not be empty")
                }
                select(.text(vector), request, on: call)
            } catch { fail(error, on: call) }
        }
    }

    private func select(
        _ brief: AudienceBrief, _ request: SelectAudienceRequest, on call: ServerCall
    ) {
        step = .select
        let state = context.state
        guard let source = state.audiences.load() else {
            return fail(
                Fault(
                    .unimplemented, reason: "NO_AUDIENCES", "this server selects no audiences"),
                on: call)
        }
        let now = request.unixNanoseconds ?? state.time.unixNanoseconds()
        let limit = state.limits.maxAudienceUsers
        let question = AudienceQuestion(
            scorer: AudienceScorer(brief, models.ads, AdMoment(unixNanoseconds: now)),
            threshold: request.threshold,
            maxUsers: request.maxUsers == 0 ? limit : min(limit, request.maxUsers),
            reachThresholds: request.reachThresholds,
            leastAudience: state.limits.minAudienceUsers, labels: call.labels,
            population: state.population.load(), deadline: call.deadline)
        let confined = LoopConfined((self, call), to: call.mailbox)
        let mailbox = call.mailbox
        var isText = false
        if case .text = brief { isText = true }
        source.select(question, cancellation) { [isText] result in
            mailbox.post {
                let (handler, call) = confined.value
                handler.selected(result, isText: isText, on: call)
            }
        }
    }

    private func selected(
        _ result: Result<SelectedAudience, Fault>, isText: Bool, on call: ServerCall
    ) {
        guard step == .select else { return }
        do throws(Fault) {
            let audience = try result.get()
            step = .send
            var summary = AudienceSummary()
            summary.consideredCount = audience.consideredCount
            summary.selectedCount = audience.members.count
            summary.withheldCount = audience.withheldCount
            summary.leastAudience = context.state.limits.minAudienceUsers
            summary.meanScore = audience.meanScore
            summary.reach = audience.reach
            summary.segments = audience.segments
            for segment in context.state.population.load()?.segments ?? [] {
                summary.segmentNames[segment.id] = segment.name
            }
            summary.bundleVersion = models.card.bundleVersion
            summary.adModelVersion = isText ? "" : models.ads.model.version
            members = audience.members[...]
            call.send(context.codec.encodeSelectAudienceResponse(.summary(summary)))
            sendMore(on: call)
        } catch { fail(error, on: call) }
    }

    private func sendMore(on call: ServerCall) {
        guard step == .send else { return }
        while !members.isEmpty, call.canSend {
            let some = members.prefix(Self.usersPerMessage)
            members = members.dropFirst(some.count)
            call.send(context.codec.encodeSelectAudienceResponse(.users(Array(some))))
        }
        guard members.isEmpty else { return }
        step = .done
        call.finish()
    }
}
