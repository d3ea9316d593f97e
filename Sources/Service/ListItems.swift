// CatalogService.ListItems: a page in the order of identifiers, which hold whatever changes between
// pages.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class ListItems: CallHandler {
    /// Of the items of one page, about; a page has one item at least.
    private static let maxPageBytes = 1024 * 1024

    private let context: LoopContext
    private var ticket: Scheduler.Ticket?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeListItemsRequest(message)
            let items = context.state.models.load().catalog.items
            // The first page of a catalogue sorts it, which is for a worker.
            ticket = context.state.rank(
                candidates: items.count, for: self, on: call, callerClass: .bulk,
                work: { items.rows(after: request.afterItemId, limit: request.pageSize + 1) },
                then: { handler, rows, call in
                    handler.reply(rows, items, request.pageSize, on: call)
                })
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { ticket?.cancel() }

    private func reply(
        _ result: Result<Timed<[Int]>, Fault>, _ items: ItemTable, _ pageSize: Int,
        on call: ServerCall
    ) {
        do throws(Fault) {
            let rows = try result.get().value
            var bytes = 0
            let page = rows.prefix(pageSize).map { items.item(at: $0) }.prefix { item in
                let isFirst = bytes == 0
                bytes += 128 + item.encoderText.utf8.count
                bytes += item.attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
                return isFirst || bytes <= Self.maxPageBytes
            }
            let token = page.count < rows.count ? page.last?.id ?? "" : ""
            call.reply(context.codec.encodeListItemsResponse(Array(page), nextPageToken: token))
        } catch { call.fail(error, context.codec) }
    }
}
