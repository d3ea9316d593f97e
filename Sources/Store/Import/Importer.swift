public import Base
internal import GRDB

/// Brings data from outside into a store: rows are validated, stored in large transactions, their
/// new texts encoded and the profiles of the users they touch folded. Importing a file again changes
/// nothing; an import that was cut short is simply run again.
public struct Importer {
    public typealias Progress = (ImportProgress) -> Void

    private let store: SQLiteStore
    private let options: ImportOptions
    private let limits: Limits
    private let time: any TimeSource

    public init(
        store: SQLiteStore, options: ImportOptions = ImportOptions(), limits: Limits = Limits(),
        time: any TimeSource = SystemTime()
    ) {
        self.store = store
        self.options = options
        self.limits = limits
        self.time = time
    }

    /// `item,title[,description,category,brand,price,currency,...]`; other columns are attributes.
    public func items(
        from source: ImportSource, encoder: any TextEncoding, progress: @escaping Progress
    ) throws -> ImportSummary {
        var summary = try rows(of: source, progress: progress) { database in
            try StoreSettings.bind(
                database, bundle: encoder.bundleVersion, dimension: encoder.dimension)
            return try ItemHandler(
                database, bundleVersion: encoder.bundleVersion, limits: limits)
        }
        try finish(&summary, encoder, progress)
        return summary
    }

    /// `ad,campaign,title,bid[,bid_currency,description,category,brand,price,currency,start,end,...]`.
    public func ads(
        from source: ImportSource, encoder: any TextEncoding, progress: @escaping Progress
    ) throws -> ImportSummary {
        var summary = try rows(of: source, progress: progress) { database in
            try StoreSettings.bind(
                database, bundle: encoder.bundleVersion, dimension: encoder.dimension)
            return try AdHandler(database, bundleVersion: encoder.bundleVersion, limits: limits)
        }
        try finish(&summary, encoder, progress)
        return summary
    }

    /// `article,title,body[,url,labels]`.
    public func articles(
        from source: ImportSource, encoder: any TextEncoding, progress: @escaping Progress
    ) throws -> ImportSummary {
        var summary = try rows(of: source, progress: progress) { database in
            try StoreSettings.bind(
                database, bundle: encoder.bundleVersion, dimension: encoder.dimension)
            return try ArticleHandler(
                database, bundleVersion: encoder.bundleVersion, limits: limits)
        }
        try finish(&summary, encoder, progress)
        return summary
    }

    /// JSON lines `{"intent": ..., "examples": [...], "answer": ...}`, whatever the options' format.
    public func intents(
        from source: ImportSource, encoder: any TextEncoding, progress: @escaping Progress
    ) throws -> ImportSummary {
        let rejects = try options.rejectsPath.map { try RejectsFile(path: $0, source: source) }
        let intents = IntentImport(
            source: source, rejects: rejects, limits: limits, progress: progress)
        var summary = try store.writeWithoutTransaction { database in
            try StoreSettings.bind(
                database, bundle: encoder.bundleVersion, dimension: encoder.dimension)
            return try intents.run(database, bundleVersion: encoder.bundleVersion)
        }
        try finish(&summary, encoder, progress)
        return summary
    }

    /// `user[,attribute...]`.
    public func users(
        from source: ImportSource, progress: @escaping Progress
    ) throws -> ImportSummary {
        var summary = try rows(of: source, progress: progress) { database in
            try UserHandler(database, secrets: store.secrets, limits: limits)
        }
        try finish(&summary, nil, progress)
        return summary
    }

    /// `user,item,type,time[,event_id,quantity,value,currency,rating,channel,device,query,text,...]`.
    /// - Parameter encoder: for searches, reviews and chats; nil when there are none of them.
    public func events(
        from source: ImportSource, encoder: (any TextEncoding)?, progress: @escaping Progress
    ) throws -> ImportSummary {
        var summary = try rows(of: source, progress: progress) { database in
            try EventHandler(
                database, secrets: store.secrets, encoder: encoder, limits: limits,
                nowNanoseconds: time.unixNanoseconds())
        }
        try finish(&summary, nil, progress)
        return summary
    }

    private func rows<Handler: RowHandler>(
        of source: ImportSource, progress: @escaping Progress,
        handler: (Database) throws -> Handler
    ) throws -> ImportSummary {
        let rejects = try options.rejectsPath.map { try RejectsFile(path: $0, source: source) }
        let rows = RowImport(
            source: source, format: options.format(of: source), limits: limits, rejects: rejects,
            progress: progress)
        return try store.writeWithoutTransaction { database in
            try rows.run(database, handler: try handler(database))
        }
    }

    /// What must hold after every import: no text waits for its vector, no
    /// popularity and no profile for its events. A step an earlier import did not reach is made up.
    private func finish(
        _ summary: inout ImportSummary, _ encoder: (any TextEncoding)?, _ progress: Progress
    ) throws {
        if let encoder {
            summary.textsEncoded = try TextEncodingQueue(store: store, encoder: encoder).run {
                progress(.encoding(texts: $0, totalTexts: $1))
            }
        }
        try PopularityCount.runIfDue(store)
        _ = try store.write { try StoreSettings.advanceCatalogVersion($0) }
        summary.profilesFolded = try ProfileFolding(
            store: store, maxRecentItems: limits.maxRecentItems
        ).run { progress(.folding(users: $0, totalUsers: $1)) }
    }
}
