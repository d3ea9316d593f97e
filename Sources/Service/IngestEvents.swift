// ProfileService.IngestEvents: events in, durable and known to the next request when it answers.

internal import Base
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class IngestEvents: CallHandler {
    private let context: LoopContext
    private var ingestion: EventIngestion?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeIngestEventsRequest(message)
            let ingestion = EventIngestion(context: context, call: call)
            self.ingestion = ingestion
            ingestion.start(request) { [context] result in
                switch result {
                case .success(let response):
                    call.reply(context.codec.encodeIngestEventsResponse(response))
                case .failure(let fault): call.fail(fault, context.codec)
                }
            }
        } catch { call.fail(error, context.codec) }
    }

    /// Events that are on their way to the store are stored; only the answer is dropped.
    func cancelled(_ reason: CancelReason, on call: ServerCall) { ingestion?.cancel() }
}
