// rankwire.v1.Item, Ad and Intent as the catalogue's entries, several in a message: field 1 of the
// requests and replies of CatalogService.

internal import Ads
internal import Base
internal import CMessages
internal import Store

extension MessageCodec {
    /// - Parameter forStore: whether an entry must be fit to be stored.
    func decodeEntries(
        _ bytes: RawSpan, _ kind: CatalogKind, maxCount: Int, forStore: Bool
    ) throws(Fault) -> (entries: [Result<CatalogEntry, Fault>], token: String) {
        switch kind {
        case .item:
            let message = try unpack(bytes, rankwire__v1__list_items_response__unpack).pointee
            let entries = try results(message.n_items, kind, maxCount) { i, field throws(Fault) in
                let item = try self.item(message.items[i]!.pointee, field)
                return .item(forStore ? try checkedForStore(item, field) : item)
            }
            return (entries, text(message.next_page_token))
        case .ad:
            let message = try unpack(bytes, rankwire__v1__list_ads_response__unpack).pointee
            let entries = try results(message.n_ads, kind, maxCount) { i, field throws(Fault) in
                let ad = try self.ad(message.ads[i]!.pointee, field)
                return .ad(forStore ? try checkedForStore(ad, field) : ad)
            }
            return (entries, text(message.next_page_token))
        case .intent:
            let message = try unpack(bytes, rankwire__v1__list_intents_response__unpack).pointee
            let entries = try results(message.n_intents, kind, maxCount) {
                i, field throws(Fault) in
                .intent(try intent(message.intents[i]!.pointee, field))
            }
            return (entries, text(message.next_page_token))
        }
    }

    private func results(
        _ count: Int, _ kind: CatalogKind, _ maxCount: Int,
        _ entry: (Int, String) throws(Fault) -> CatalogEntry
    ) throws(Fault) -> [Result<CatalogEntry, Fault>] {
        let name = kind.pluralField
        guard count <= maxCount else {
            throw .invalid(name, "has \(count) \(name), at most \(maxCount) are allowed")
        }
        return (0..<count).map { i in
            Result { () throws(Fault) in try entry(i, "\(name)[\(i)]") }
        }
    }

    /// - Precondition: all entries are of `kind`.
    func encodeEntries(_ entries: [CatalogEntry], _ kind: CatalogKind, token: String) -> [UInt8] {
        arena.reset()
        switch kind {
        case .item:
            let message = arena.make(rankwire__v1__list_items_response__init)
            message.pointee.n_items = entries.count
            message.pointee.items = arena.makeArray(
                entries.count, rankwire__v1__item__init
            ) { item, i in
                guard case .item(let value) = entries[i] else { preconditionFailure("an item") }
                fill(item, from: value)
            }
            message.pointee.next_page_token = arena.makeString(token)
            return pack(message)
        case .ad:
            let message = arena.make(rankwire__v1__list_ads_response__init)
            message.pointee.n_ads = entries.count
            message.pointee.ads = arena.makeArray(
                entries.count, rankwire__v1__ad__init
            ) { ad, i in
                guard case .ad(let value) = entries[i] else { preconditionFailure("an ad") }
                fill(ad, from: value)
            }
            message.pointee.next_page_token = arena.makeString(token)
            return pack(message)
        case .intent:
            let message = arena.make(rankwire__v1__list_intents_response__init)
            message.pointee.n_intents = entries.count
            message.pointee.intents = arena.makeArray(
                entries.count, rankwire__v1__intent__init
            ) { intent, i in
                guard case .intent(let value) = entries[i] else { preconditionFailure("an intent") }
                intent.pointee.intent = arena.makeString(value.name)
                intent.pointee.n_examples = value.examples.count
                intent.pointee.examples = arena.makeStrings(value.examples)
                intent.pointee.answer = arena.makeString(value.answer)
            }
            message.pointee.next_page_token = arena.makeString(token)
            return pack(message)
        }
    }

    // What an import asks of an entry besides.

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

    private func checkedForStore(_ ad: Ad, _ field: String) throws(Fault) -> Ad {
        guard !ad.campaignId.isEmpty else {
            throw .invalid("\(field).campaign_id", "must not be empty")
        }
        try Bid.check(micros: ad.bid.micros, field: "\(field).bid.micros")
        if let start = ad.startUnixNanoseconds, let end = ad.endUnixNanoseconds, end <= start {
            throw .invalid("\(field).end_time", "must come after start_time")
        }
        var ad = ad
        ad.creative = try checkedForStore(ad.creative, "\(field).creative")
        ad.creative.id = ad.id
        return ad
    }

    private func intent(
        _ message: Rankwire__V1__Intent, _ field: String
    ) throws(Fault) -> IntentDefinition {
        let name = try id(message.intent, "\(field).intent")
        guard (1...limits.maxIntentExamples).contains(message.n_examples) else {
            throw .invalid(
                "\(field).examples",
                "has \(message.n_examples) examples, 1 to \(limits.maxIntentExamples) are allowed")
        }
        var examples: [String] = []
        for i in 0..<message.n_examples {
            let example = try string(
                message.examples[i], "\(field).examples[\(i)]", maxBytes: limits.maxTextBytes)
            guard example.contains(where: { !$0.isWhitespace }) else {
                throw .invalid("\(field).examples[\(i)]", "must not be empty")
            }
            examples.append(example)
        }
        return IntentDefinition(
            name: name, examples: examples,
            answer: try string(message.answer, "\(field).answer", maxBytes: limits.maxTextBytes))
    }
}
