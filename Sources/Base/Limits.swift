/// Every bound of the server in one place. A queue, a message or a list without its bound here is a
/// defect. `validate()` runs at start: limits that contradict each other stop the process then, not
/// under load.
public struct Limits: Sendable, Equatable {
    // The wire.
    public var maxConnections = 10_000
    public var maxStreamsPerConnection = 256
    public var maxHeaderListBytes = 16 * 1024
    public var maxMessageBytes = 4 * 1024 * 1024
    /// Unsent bytes of one connection past which its calls are no longer read.
    public var maxPendingWriteBytes = 8 * 1024 * 1024
    public var idleTimeoutMs = 30 * 60 * 1000
    /// A call without a deadline of its own gets this one.
    public var defaultDeadlineMs = 30_000

    /// A message in memory after decoding; small elements grow some forty-fold.
    public var maxDecodedBytes = 64 * 1024 * 1024

    // A request.
    public var maxCandidates = 10_000
    public var maxInlineItems = 1_000
    public var maxInlineEvents = 1_000
    public var maxIdBytes = 256
    /// One text before it is tokenised.
    public var maxTextBytes = 64 * 1024
    /// All texts of a request together.
    public var maxRequestTextBytes = 1024 * 1024
    public var maxAttributes = 64
    public var maxExplainedItems = 1_000
    /// Over all pages of a recommendation or a search.
    public var maxFoundItems = 1_000
    /// Of a user's journal, that are looked at for what was bought and viewed.
    public var maxPastEvents = 50_000
    /// Of found items whose next pages may be asked for.
    public var maxPageBytes = 64 * 1024 * 1024

    // Inference.
    /// `vocab.txt` of a model.
    public var maxVocabularyBytes = 16 * 1024 * 1024
    public var maxTokensPerText = 256
    /// From above: the encoder is measured at start, and batches are as small as it is fast.
    public var maxBatchTokens = 2_048
    public var maxQueuedTokens = 262_144
    /// Rank off the loop when a request has more candidates than this.
    public var maxCandidatesOnLoop = 256
    /// The same for ads: the bidder's normal case is answered where it arrives.
    public var maxAdsOnLoop = 1_000
    /// Of a bid request's `tmax_ms`, what the way to the caller takes.
    public var bidNetworkReserveMicroseconds = 2_000
    /// Slices of work other than encoding that may wait for a worker.
    public var maxQueuedSlices = 1_024
    /// Vectors of texts that were encoded before; 0 keeps none.
    public var maxVectorCacheBytes = 128 * 1024 * 1024

    // Store.
    public var maxCachedProfiles = 100_000
    /// Of profiles as stored; in memory they take about twice that.
    public var maxCachedProfileBytes = 256 * 1024 * 1024
    public var maxPendingProfileReads = 10_000
    public var maxIngestEvents = 10_000
    /// Rejected events that a reply names; it counts the others.
    public var maxRejectedEvents = 1_000
    /// Events that wait for the store to commit them.
    public var maxPendingEvents = 100_000
    public var maxPendingCatalogChanges = 256
    /// Entries of one change of the catalogue.
    public var maxCatalogEntries = 1_000
    /// Changed entries after which the catalogue is read anew, which gives up what changes left over.
    public var maxCatalogChangesInMemory = 16_384
    public var maxIntentExamples = 1_000
    /// Events older than that are refused and dropped; 0 keeps them for ever.
    public var maxEventAgeDays = 0
    public var maxRecentItems = 32
    /// A profile as stored: about 16 KiB in fact, this much when every name in it is as long as it
    /// may be.
    public var maxProfileBytes = 256 * 1024

    // Audiences.
    /// Users of one audience.
    public var maxAudienceUsers = 1_000_000
    /// Fewer users who are alike are not sent.
    public var minAudienceUsers = 20

    // Import.
    /// One row with its quotes and separators.
    public var maxImportRowBytes = 1024 * 1024
    public var maxImportColumns = 256
    public var maxAttributeBytes = 1_024
    public var maxCategoryBytes = 1_024

    public init() {}

    /// Name and place of every limit, for configuration files and print-outs.
    public static let fields: [(name: String, path: any WritableKeyPath<Limits, Int> & Sendable)] =
        [
            ("maxConnections", \.maxConnections),
            ("maxStreamsPerConnection", \.maxStreamsPerConnection),
            ("maxHeaderListBytes", \.maxHeaderListBytes),
            ("maxMessageBytes", \.maxMessageBytes),
            ("maxPendingWriteBytes", \.maxPendingWriteBytes),
            ("idleTimeoutMs", \.idleTimeoutMs),
            ("defaultDeadlineMs", \.defaultDeadlineMs),
            ("maxDecodedBytes", \.maxDecodedBytes),
            ("maxCandidates", \.maxCandidates),
            ("maxInlineItems", \.maxInlineItems),
            ("maxInlineEvents", \.maxInlineEvents),
            ("maxIdBytes", \.maxIdBytes),
            ("maxTextBytes", \.maxTextBytes),
            ("maxRequestTextBytes", \.maxRequestTextBytes),
            ("maxAttributes", \.maxAttributes),
            ("maxExplainedItems", \.maxExplainedItems),
            ("maxFoundItems", \.maxFoundItems),
            ("maxPastEvents", \.maxPastEvents),
            ("maxPageBytes", \.maxPageBytes),
            ("maxVocabularyBytes", \.maxVocabularyBytes),
            ("maxTokensPerText", \.maxTokensPerText),
            ("maxBatchTokens", \.maxBatchTokens),
            ("maxQueuedTokens", \.maxQueuedTokens),
            ("maxCandidatesOnLoop", \.maxCandidatesOnLoop),
            ("maxAdsOnLoop", \.maxAdsOnLoop),
            ("bidNetworkReserveMicroseconds", \.bidNetworkReserveMicroseconds),
            ("maxQueuedSlices", \.maxQueuedSlices),
            ("maxVectorCacheBytes", \.maxVectorCacheBytes),
            ("maxCachedProfiles", \.maxCachedProfiles),
            ("maxCachedProfileBytes", \.maxCachedProfileBytes),
            ("maxPendingProfileReads", \.maxPendingProfileReads),
            ("maxIngestEvents", \.maxIngestEvents),
            ("maxRejectedEvents", \.maxRejectedEvents),
            ("maxPendingEvents", \.maxPendingEvents),
            ("maxPendingCatalogChanges", \.maxPendingCatalogChanges),
            ("maxCatalogEntries", \.maxCatalogEntries),
            ("maxCatalogChangesInMemory", \.maxCatalogChangesInMemory),
            ("maxIntentExamples", \.maxIntentExamples),
            ("maxEventAgeDays", \.maxEventAgeDays),
            ("maxRecentItems", \.maxRecentItems),
            ("maxProfileBytes", \.maxProfileBytes),
            ("maxAudienceUsers", \.maxAudienceUsers),
            ("minAudienceUsers", \.minAudienceUsers),
            ("maxImportRowBytes", \.maxImportRowBytes),
            ("maxImportColumns", \.maxImportColumns),
            ("maxAttributeBytes", \.maxAttributeBytes),
            ("maxCategoryBytes", \.maxCategoryBytes),
        ]

    /// The relations between limits; each that does not hold comes back as one sentence.
    public func validate() -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ sentence: String) { if !holds { broken.append(sentence) } }
        expect(
            maxBatchTokens >= maxTokensPerText,
            "maxBatchTokens must hold one text of maxTokensPerText, or that text waits for ever")
        expect(
            maxQueuedTokens >= maxBatchTokens, "maxQueuedTokens must hold one batch")
        expect(
            maxMessageBytes >= maxRequestTextBytes,
            "maxMessageBytes must hold maxRequestTextBytes")
        expect(
            maxRequestTextBytes >= maxTextBytes, "maxRequestTextBytes must hold one maxTextBytes")
        expect(
            maxPendingWriteBytes >= maxMessageBytes,
            "maxPendingWriteBytes must hold one message")
        expect(
            maxCandidates >= maxCandidatesOnLoop,
            "maxCandidatesOnLoop must not exceed maxCandidates")
        expect(
            maxCandidates >= maxAdsOnLoop, "maxAdsOnLoop must not exceed maxCandidates")
        expect(
            maxPendingEvents >= maxIngestEvents,
            "maxPendingEvents must hold one call of maxIngestEvents")
        expect(
            maxImportRowBytes >= 2 * maxTextBytes,
            "maxImportRowBytes must hold one quoted maxTextBytes")
        // 64 categories and brands; vectors of up to 1,024 values; twelve channels and devices.
        let profileBytes =
            maxAttributes * (maxIdBytes + maxAttributeBytes)
            + 64 * (maxCategoryBytes + maxIdBytes) + maxRecentItems * (maxIdBytes + 1_040)
        expect(
            maxProfileBytes >= profileBytes + 12_288,
            "maxProfileBytes must hold maxAttributes, affinities and maxRecentItems at their largest"
        )
        expect(
            1 <= minAudienceUsers && minAudienceUsers <= maxAudienceUsers,
            "minAudienceUsers must be positive and at most maxAudienceUsers")
        expect(maxConnections > 0, "maxConnections must be positive")
        expect(maxStreamsPerConnection > 0, "maxStreamsPerConnection must be positive")
        expect(maxTokensPerText >= 3, "maxTokensPerText must hold [CLS], a token and [SEP]")
        return broken
    }
}
