// rankwire.v1.CatalogService.

public import Base
internal import CMessages
public import Store

/// rankwire.v1.UpsertItemsResponse.
public struct UpsertItemsResponse: Sendable, Equatable {
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

/// rankwire.v1.ListItemsRequest.
public struct ListItemsRequest: Sendable, Equatable {
    /// 1 to 1,000.
    public var pageSize: Int
    /// The last item of the page before; empty for the first page.
    public var afterItemId: String

    public init(pageSize: Int, afterItemId: String) {
        self.pageSize = pageSize
        self.afterItemId = afterItemId
    }
}

extension MessageCodec {
    private static let maxPageSize: Int32 = 1_000
    private static let defaultPageSize: Int32 = 100

    /// An item that is not valid keeps its place as a fault.
    public func decodeUpsertItemsRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> [Result<Item, Fault>] {
        let message = try unpack(bytes, rankwire__v1__upsert_items_request__unpack).pointee
        guard message.n_items > 0 else { throw .invalid("items", "must not be empty") }
        guard message.n_items <= limits.maxInlineItems else {
            throw .invalid(
                "items",
                "has \(message.n_items) items, at most \(limits.maxInlineItems) are allowed")
        }
        return (0..<message.n_items).map { i in
            let item = message.items[i]!
            return Result { () throws(Fault) in
                try checkedForStore(try self.item(item.pointee, "items[\(i)]"), "items[\(i)]")
            }
        }
    }

    /// What an import asks of an item besides.
    private func checkedForStore(_ item: Item, _ field: String) throws(Fault) -> Item {
        func check(_ text: String, _ name: String, _ maxBytes: Int) throws(Fault) {
            guard text.utf8.count <= maxBytes else {
                throw .invalid(
                    "\(field).\(name)",
                    "has \(text.utf8.count) bytes, at most \(maxBytes) are stored")
            }
        }
        guard !item.title.isEmpty else { throw .invalid("\(field).title", "must not be empty") }
        try check(item.title, "title", limits.maxTextBytes / 4)
        try check(item.description, "description", limits.maxTextBytes / 2)
        try check(item.category, "category", limits.maxCategoryBytes)
        for value in item.attributes.values {
            try check(value, "attributes", limits.maxAttributeBytes)
        }
        return item
    }

    public func encodeUpsertItemsResponse(_ response: UpsertItemsResponse) -> [UInt8] {
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

    public func decodeGetItemRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__get_item_request__unpack).pointee
        return try id(message.item_id, "item_id")
    }

    public func encodeGetItemResponse(_ item: Item) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_item_response__init)
        let body = arena.make(rankwire__v1__item__init)
        fill(body, from: item)
        message.pointee.item = body
        return pack(message)
    }

    public func decodeListItemsRequest(_ bytes: RawSpan) throws(Fault) -> ListItemsRequest {
        let message = try unpack(bytes, rankwire__v1__list_items_request__unpack).pointee
        guard message.page_size >= 0 else {
            throw .invalid("page_size", "must not be negative")
        }
        let size = message.page_size == 0 ? Self.defaultPageSize : message.page_size
        return ListItemsRequest(
            pageSize: Int(min(size, Self.maxPageSize)),
            afterItemId: try string(message.page_token, "page_token", maxBytes: limits.maxIdBytes))
    }

    /// - Parameter nextPageToken: empty on the last page.
    public func encodeListItemsResponse(_ items: [Item], nextPageToken: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__list_items_response__init)
        message.pointee.n_items = items.count
        message.pointee.items = arena.makeArray(items.count, rankwire__v1__item__init) {
            fill($0, from: items[$1])
        }
        message.pointee.next_page_token = arena.makeString(nextPageToken)
        return pack(message)
    }

    public func decodeDeleteItemRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__delete_item_request__unpack).pointee
        return try id(message.item_id, "item_id")
    }

    public func encodeDeleteItemResponse() -> [UInt8] {
        arena.reset()
        return pack(arena.make(rankwire__v1__delete_item_response__init))
    }
}
