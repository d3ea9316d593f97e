// rankwire.v1.Item, Ad, Intent and Article as the catalogue's entries, several in a message: field 1 of the
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
        case .article:
            let message = try unpack(bytes, rankwire__v1__list_articles_response__unpack).pointee
            let entries = try results(message.n_articles, kind, maxCount) {
                i, field throws(Fault) in
                .article(try article(message.articles[i]!.pointee, field))
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
            return encode(
                entries, token, rankwire__v1__list_items_response__init, \.n_items, \.items,
                \.next_page_token, rankwire__v1__item__init
            ) { message, entry in
                guard case .item(let item) = entry else { preconditionFailure("an item") }
                fill(message, from: item)
            }
        case .ad:
            return encode(
                entries, token, rankwire__v1__list_ads_response__init, \.n_ads, \.ads,
                \.next_page_token, rankwire__v1__ad__init
            ) { message, entry in
                guard case .ad(let ad) = entry else { preconditionFailure("an ad") }
                fill(message, from: ad)
            }
        case .intent:
            return encode(
                entries, token, rankwire__v1__list_intents_response__init, \.n_intents,
                \.intents, \.next_page_token, rankwire__v1__intent__init
            ) { message, entry in
                guard case .intent(let intent) = entry else { preconditionFailure("an intent") }
                message.pointee.intent = arena.makeString(intent.name)
                message.pointee.n_examples = intent.examples.count
                message.pointee.examples = arena.makeStrings(intent.examples)
                message.pointee.answer = arena.makeString(intent.answer)
            }
        case .article:
            return encode(
                entries, token, rankwire__v1__list_articles_response__init, \.n_articles,
                \.articles, \.next_page_token, rankwire__v1__article__init
            ) { message, entry in
                guard case .article(let article) = entry else {
                    preconditionFailure("an article")
                }
                message.pointee.article_id = arena.makeString(article.id)
                message.pointee.title = arena.makeString(article.title)
                message.pointee.body = arena.makeString(article.body)
                message.pointee.url = arena.makeString(article.url)
                message.pointee.n_labels = article.labels.count
                message.pointee.labels = arena.makeStrings(article.labels)
            }
        }
    }

    /// List...Response, and whatever else has entries in field 1.
    private func encode<Message, Row>(
        _ entries: [CatalogEntry], _ token: String,
        _ initialise: (UnsafeMutablePointer<Message>?) -> Void,
        _ count: WritableKeyPath<Message, Int>,
        _ rows: WritableKeyPath<Message, UnsafeMutablePointer<UnsafeMutablePointer<Row>?>?>,
        _ pageToken: WritableKeyPath<Message, ProtobufCBinaryData>,
        _ initialiseRow: (UnsafeMutablePointer<Row>?) -> Void,
        fill: (UnsafeMutablePointer<Row>, CatalogEntry) -> Void
    ) -> [UInt8] {
        let message = arena.make(initialise)
        message.pointee[keyPath: count] = entries.count
        message.pointee[keyPath: rows] = arena.makeArray(entries.count, initialiseRow) {
            fill($0, entries[$1])
        }
        message.pointee[keyPath: pageToken] = arena.makeString(token)
        return pack(message)
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
    private func article(
        _ message: Rankwire__V1__Article, _ field: String
    ) throws(Fault) -> Article {
        let article = Article(
            id: try id(message.article_id, "\(field).article_id"),
            title: try string(
                message.title, "\(field).title", maxBytes: limits.maxAttributeBytes),
            body: try string(message.body, "\(field).body", maxBytes: limits.maxTextBytes),
            url: try string(message.url, "\(field).url", maxBytes: limits.maxAttributeBytes),
            labels: try labels(message, "\(field).labels"))
        guard article.title.contains(where: { !$0.isWhitespace }) else {
            throw .invalid("\(field).title", "must not be empty")
        }
        guard !article.passages.isEmpty else {
            throw .invalid("\(field).body", "must not be empty")
        }
        return article
    }

    private func labels(
        _ message: Rankwire__V1__Article, _ field: String
    ) throws(Fault) -> [String] {
        var labels: [String] = []
        var byteCount = 0
        for i in 0..<message.n_labels {
            let label = try string(
                message.labels[i], "\(field)[\(i)]", maxBytes: limits.maxAttributeBytes)
            guard !label.isEmpty, !label.contains(",") else {
                throw .invalid("\(field)[\(i)]", "must not be empty or have a comma")
            }
            byteCount += label.utf8.count + 1
            labels.append(label)
        }
        guard byteCount <= limits.maxAttributeBytes + 1 else {
            throw .invalid(
                field, "has \(byteCount) bytes, at most \(limits.maxAttributeBytes) are allowed")
        }
        return labels
    }
}
