// rankwire.v1.CatalogService. The messages of items, ads, intents and articles are
// alike, and alike on the wire:
// entries in field 1, or one identifier, and a page's token in field 2. What differs is the entry.

public import Base
internal import CMessages
public import Store

/// rankwire.v1.Upsert...Response.
public struct UpsertEntriesResponse: Sendable, Equatable {
    /// rankwire.v1.RejectedItem.
    public struct Rejected: Sendable, Equatable {
        public var index: Int
        public var fault: Fault

        public init(index: Int, fault: Fault) {
            self.index = index
            self.fault = fault
        }
    }

    public var storedCount = 0
    public var unchangedCount = 0
    public var rejected: [Rejected] = []

    public init() {}
}

/// rankwire.v1.List...Request.
public struct ListEntriesRequest: Sendable, Equatable {
    /// 1 to 1,000.
    public var pageSize: Int
    /// The last entry of the page before; empty for the first page.
    public var afterId: String

    public init(pageSize: Int, afterId: String) {
        self.pageSize = pageSize
        self.afterId = afterId
    }
}

/// rankwire.v1.List...Response.
public struct ListEntriesResponse: Sendable, Equatable {
    public var entries: [CatalogEntry]
    /// As the server gave it; empty on the last page.
    public var nextPageToken: String
}

extension CatalogKind {
    /// The field of one in a message.
    public var field: String { rawValue }
    /// The field of several.
    public var pluralField: String { rawValue + "s" }
    /// The field of its identifier.
    fileprivate var idField: String { self == .intent ? "intent" : "\(rawValue)_id" }
}

extension MessageCodec {
    private static let maxPageSize: Int32 = 1_000
    private static let defaultPageSize: Int32 = 100

    // MARK: The server's side

    /// Upsert...Request. An entry that is not valid keeps its place as a fault.
    public func decodeUpsertRequest(
        _ bytes: RawSpan, _ kind: CatalogKind
    ) throws(Fault) -> [Result<CatalogEntry, Fault>] {
        let (entries, _) = try decodeEntries(
            bytes, kind, maxCount: limits.maxCatalogEntries, forStore: true)
        guard !entries.isEmpty else { throw .invalid(kind.pluralField, "must not be empty") }
        return entries
    }

    public func encodeUpsertResponse(_ response: UpsertEntriesResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__upsert_items_response__init)
        message.pointee.stored_count = UInt32(response.storedCount)
        message.pointee.unchanged_count = UInt32(response.unchangedCount)
        let rejected = response.rejected
        message.pointee.n_rejected = rejected.count
        message.pointee.rejected = arena.makeArray(
            rejected.count, rankwire__v1__rejected_item__init
        ) { row, i in
            row.pointee.index = UInt32(rejected[i].index)
            row.pointee.status = makeStatus(rejected[i].fault)
        }
        return pack(message)
    }

    /// Get...Request and Delete...Request: the identifier.
    public func decodeEntryRequest(
        _ bytes: RawSpan, _ kind: CatalogKind
    ) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__get_item_request__unpack).pointee
        return try id(message.item_id, kind.idField)
    }

    /// Get...Response.
    public func encodeGetResponse(_ entry: CatalogEntry) -> [UInt8] {
        encodeEntries([entry], entry.kind, token: "")
    }

    public func encodeDeleteResponse() -> [UInt8] {
        arena.reset()
        return pack(arena.make(rankwire__v1__delete_item_response__init))
    }

    /// List...Request.
    public func decodeListRequest(
        _ bytes: RawSpan, _ kind: CatalogKind
    ) throws(Fault) -> ListEntriesRequest {
        let message = try unpack(bytes, rankwire__v1__list_items_request__unpack).pointee
        guard message.page_size >= 0 else {
            throw .invalid("page_size", "must not be negative")
        }
        let size = message.page_size == 0 ? Self.defaultPageSize : message.page_size
        let token = try string(
            message.page_token, "page_token", maxBytes: PageToken.maxBytes(limits))
        guard let afterId = PageToken.id(token, kind) else {
            throw .invalid("page_token", "is none that this method gave")
        }
        return ListEntriesRequest(pageSize: Int(min(size, Self.maxPageSize)), afterId: afterId)
    }

    /// List...Response.
    /// - Parameter isLast: whether no page follows.
    public func encodeListResponse(
        _ entries: [CatalogEntry], _ kind: CatalogKind, isLast: Bool
    ) -> [UInt8] {
        let token = isLast ? "" : entries.last.map { PageToken.text($0.id, kind) } ?? ""
        return encodeEntries(entries, kind, token: token)
    }

    // MARK: The caller's side

    public func encodeUpsertRequest(_ entries: [CatalogEntry], _ kind: CatalogKind) -> [UInt8] {
        encodeEntries(entries, kind, token: "")
    }

    public func decodeUpsertResponse(_ bytes: RawSpan) throws(Fault) -> UpsertEntriesResponse {
        let message = try unpack(bytes, rankwire__v1__upsert_items_response__unpack).pointee
        var response = UpsertEntriesResponse()
        response.storedCount = Int(message.stored_count)
        response.unchangedCount = Int(message.unchanged_count)
        response.rejected = (0..<message.n_rejected).map {
            let row = message.rejected[$0]!.pointee
            return .init(
                index: Int(row.index),
                fault: row.status.map { fault($0.pointee) }
                    ?? Fault(.unknown, reason: "", "no status"))
        }
        return response
    }

    public func encodeEntryRequest(id: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_item_request__init)
        message.pointee.item_id = arena.makeString(id)
        return pack(message)
    }

    public func decodeGetResponse(
        _ bytes: RawSpan, _ kind: CatalogKind
    ) throws(Fault) -> CatalogEntry {
        let (entries, _) = try decodeEntries(bytes, kind, maxCount: 1, forStore: false)
        guard let entry = entries.first else { throw .invalid(kind.field, "must be set") }
        return try entry.get()
    }

    /// - Parameter pageToken: as the server gave it; empty for the first page.
    public func encodeListRequest(pageSize: Int, pageToken: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__list_items_request__init)
        message.pointee.page_size = Int32(pageSize)
        message.pointee.page_token = arena.makeString(pageToken)
        return pack(message)
    }

    public func decodeListResponse(
        _ bytes: RawSpan, _ kind: CatalogKind
    ) throws(Fault) -> ListEntriesResponse {
        let (results, token) = try decodeEntries(
            bytes, kind, maxCount: Int(Self.maxPageSize), forStore: false)
        var entries: [CatalogEntry] = []
        for result in results { entries.append(try result.get()) }
        return ListEntriesResponse(entries: entries, nextPageToken: token)
    }
}
