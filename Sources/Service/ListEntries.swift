// CatalogService.ListItems, ListAds, ListIntents and ListArticles: a page in the order of identifiers,
// which hold whatever changes between pages.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class ListEntries: CallHandler {
    /// Of the entries of one page, about; a page has one entry at least.
    private static let maxPageBytes = 1024 * 1024

    private let kind: CatalogKind
    private let context: LoopContext
    private var ticket: Scheduler.Ticket?

    init(_ kind: CatalogKind, context: LoopContext) {
        self.kind = kind
        self.context = context
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeListRequest(message, kind)
            let catalog = context.state.models.load().catalog
            let kind = kind
            // The first page of a catalogue sorts it, which is for a worker.
            ticket = context.state.rank(
                candidates: catalog.count(of: kind), for: self, on: call, callerClass: .bulk,
                work: {
                    catalog.entries(of: kind, after: request.afterId, limit: request.pageSize + 1)
                },
                then: { handler, entries, call in
                    handler.reply(entries, request.pageSize, on: call)
                })
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { ticket?.cancel() }

    private func reply(
        _ result: Result<Timed<[CatalogEntry]>, Fault>, _ pageSize: Int, on call: ServerCall
    ) {
        do throws(Fault) {
            let entries = try result.get().value
            var bytes = 0
            let page = entries.prefix(pageSize).prefix { entry in
                let isFirst = bytes == 0
                bytes += Self.byteCount(of: entry)
                return isFirst || bytes <= Self.maxPageBytes
            }
            call.reply(
                context.codec.encodeListResponse(
                    Array(page), kind, isLast: page.count == entries.count))
        } catch { call.fail(error, context.codec) }
    }

    /// On the wire, about.
    private static func byteCount(of entry: CatalogEntry) -> Int {
        let attributes =
            switch entry {
            case .item(let item): item.attributes
            case .ad(let ad): ad.creative.attributes
            case .intent(let intent): ["answer": intent.answer]
            case .article(let article): ["url": article.url]
            }
        return 256 + entry.encoderTexts.reduce(0) { $0 + $1.utf8.count }
            + attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }
}
