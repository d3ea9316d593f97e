// What the RPCs of all loops share. Everything in it is immutable, a snapshot, or guards itself.

public import Ads
public import Base
public import Inference
public import Intents
public import Messages
public import Ranking
public import Store
private import Synchronization

/// The immutable values that answers are made from, replaced as one so that a request never mixes
/// an old catalogue with new intents.
public final class ServingModels: Sendable {
    public let catalog: Catalog
    /// Finds candidates; may be a change of the catalogue behind.
    public let candidates: CandidateIndex
    public let ranker: Ranker
    /// Predicts clicks and conversions of the catalogue's ads.
    public let ads: AdScoring
    public let intents: IntentClassifier?
    /// Finds what sentences name; knows the catalogue's titles.
    public let entities: EntityReader
    /// Texts are tokenised and encoded by the model that the catalogue's vectors are of.
    public let tokenizer: WordPieceTokenizer
    public let generation: EncoderGeneration
    /// What GetModelCard tells, but for the number of profiles.
    public let card: GetModelCardResponse

    /// - Parameter intents: nil when neither the catalogue nor a head has any.
    public init(
        catalog: Catalog, candidates: CandidateIndex, ranker: Ranker, ads: AdScoring,
        intents: IntentClassifier?,
        entities: EntityReader,
        tokenizer: WordPieceTokenizer, generation: EncoderGeneration, card: GetModelCardResponse
    ) {
        self.catalog = catalog
        self.candidates = candidates
        self.ranker = ranker
        self.ads = ads
        self.intents = intents
        self.entities = entities
        self.tokenizer = tokenizer
        self.generation = generation
        self.card = card
    }
}

/// Reads models for the running server, off every loop.
public protocol ModelLoader: Sendable {
    /// - Parameter completion: called once, from any thread.
    func list(_ completion: @escaping @Sendable (Result<[ModelSummary], Fault>) -> Void)

    /// Loads a bundle and lets it take over; a fault has changed nothing.
    ///
    /// - Parameters:
    ///   - name: as `list` gives it; empty for the one that was loaded last.
    ///   - completion: called once, from any thread.
    func reload(
        _ name: String,
        _ completion: @escaping @Sendable (Result<ReloadModelResponse, Fault>) -> Void)
}

/// Learns from feedback while the server serves.
public protocol AdFeedback: Sendable {
    /// What it has learnt and from what.
    func card() -> AdModelCard
}

/// The server's parts as the RPCs see them.
public final class ServerState: Sendable {
    public let limits: Limits
    public let time: any TimeSource
    public let scheduler: Scheduler
    public let profiles: any ProfileStore
    public let pseudonymizer: Pseudonymizer
    public let models: Snapshot<ServingModels>
    /// Quintiles and segments of all users; nil until they were made.
    public let population: Snapshot<PopulationModel?>
    private let pacingSeed: UInt64
    private let auctionCount = Atomic<UInt64>(0)
    /// Found items whose next pages may be asked for.
    public let pages: FoundPages
    /// Set by the drain, read by the health service.
    public let isDraining = Snapshot(false)
    /// Set once, before the first call.
    public let modelLoader = Snapshot<(any ModelLoader)?>(nil)
    /// Set once, before the first call; nil where nothing is learnt.
    public let adFeedback = Snapshot<(any AdFeedback)?>(nil)
    /// Set once, before the first call.
    public let audiences = Snapshot<(any AudienceSource)?>(nil)
    /// Set once, before the first call; nil where the catalogue may only be read.
    public let catalogChanges = Snapshot<(any CatalogStore)?>(nil)

    /// What the server was started with, for who may ask. Set once, before the first call.
    public let settings = Snapshot<[EffectiveSetting]>([])

    public init(
        limits: Limits, time: any TimeSource, scheduler: Scheduler,
        profiles: any ProfileStore, pseudonymizer: Pseudonymizer, models: ServingModels,
        population: PopulationModel? = nil, pacingSeed: UInt64 = 1
    ) {
        self.limits = limits
        self.time = time
        self.scheduler = scheduler
        self.profiles = profiles
        self.pseudonymizer = pseudonymizer
        self.models = Snapshot(models)
        self.population = Snapshot(population)
        self.pacingSeed = pacingSeed
        pages = FoundPages(maxBytes: limits.maxPageBytes)
    }

    /// Decides which campaigns sit the next auction out: the same after the same number of auctions of
    /// a server with the same setting.
    func nextAuctionSeed() -> UInt64 {
        let count = auctionCount.add(1, ordering: .relaxed).newValue
        return (pacingSeed &+ count) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// What the RPCs of one loop share: the state, and the codec that reuses its memory.
public final class LoopContext {
    public let state: ServerState
    let codec: MessageCodec
    let descriptors: DescriptorIndex
    /// Streams of Health.Watch.
    var watches: [ObjectIdentifier: HealthWatch] = [:]

    public init(state: ServerState, descriptors: DescriptorIndex) {
        self.state = state
        self.descriptors = descriptors
        codec = MessageCodec(limits: state.limits)
    }

    var servingStatus: ServingStatus { state.isDraining.load() ? .notServing : .serving }

    /// Tells who watches that the server drains. Loop's thread, once, before the server drains.
    public func drain() {
        for watch in watches.values { watch.drained() }
        watches = [:]
    }
}
