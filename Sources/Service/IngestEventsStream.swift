// ProfileService.IngestEventsStream: chunks of events, acknowledged each. A few are under way at a
// time; while as many are, or the store has no room, or the caller reads too slowly, nothing more is
// read, and HTTP/2's flow control slows the producer down.

internal import Base
internal import Messages
internal import RPC

/// One stream. Confined to its loop.
final class IngestEventsStream: CallHandler {
    private struct Chunk {
        var id: String
        var ingestion: EventIngestion
    }

    /// One with the store, one on its way there.
    private static let maxUnderWay = 2

    private let context: LoopContext
    private var chunks: [Int: Chunk] = [:]
    /// Of chunks the store had no room for. Each waits for one that is under way to end.
    private var refused: [Int] = []
    private var nextNumber = 0
    private var hasEnded = false
    private var isPaused = false

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let envelope = try context.codec.decodeIngestEventsStreamRequest(message)
            switch envelope.request {
            case .failure(let fault): acknowledge(envelope.chunkId, .failure(fault), on: call)
            case .success(let request):
                let number = nextNumber
                nextNumber += 1
                let ingestion = EventIngestion(context: context, call: call)
                chunks[number] = Chunk(id: envelope.chunkId, ingestion: ingestion)
                ingestion.start(request) { [unowned self] in ended(number, $0, on: call) }
            }
            updateReading(call)
        } catch {
            cancelAll()
            call.fail(error, context.codec)
        }
    }

    func receivedEnd(on call: ServerCall) {
        hasEnded = true
        finishIfDone(call)
    }

    func writable(on call: ServerCall) { updateReading(call) }

    /// Chunks that are on their way to the store are stored, unacknowledged.
    func cancelled(_ reason: CancelReason, on call: ServerCall) { cancelAll() }

    private func cancelAll() {
        for chunk in chunks.values { chunk.ingestion.cancel() }
        chunks = [:]
        refused = []
    }

    private func ended(
        _ number: Int, _ result: Result<IngestEventsResponse, Fault>, on call: ServerCall
    ) {
        guard let chunk = chunks[number] else { return }
        if chunk.ingestion.isRefused, chunks.count > refused.count + 1 {
            refused.append(number)
            return
        }
        chunks[number] = nil
        acknowledge(chunk.id, result, on: call)
        offerRefused(on: call)
        updateReading(call)
        finishIfDone(call)
    }

    /// What the store refuses when nothing of this stream is under way is for the caller to send again.
    private func offerRefused(on call: ServerCall) {
        let numbers = refused
        refused = []
        for number in numbers {
            chunks[number]?.ingestion.retry { [unowned self] in ended(number, $0, on: call) }
        }
    }

    private func acknowledge(
        _ chunkId: String, _ result: Result<IngestEventsResponse, Fault>, on call: ServerCall
    ) {
        call.send(context.codec.encodeIngestEventsStreamResponse(chunkId: chunkId, result))
    }

    private func updateReading(_ call: ServerCall) {
        let mustPause = chunks.count >= Self.maxUnderWay || !call.canSend
        guard mustPause != isPaused, call.isActive else { return }
        isPaused = mustPause
        if mustPause { call.pauseReading() } else { call.resumeReading() }
    }

    private func finishIfDone(_ call: ServerCall) {
        if hasEnded, chunks.isEmpty { call.finish() }
    }
}
