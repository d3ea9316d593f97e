// What the RPCs of all loops share. Everything in it is immutable, a snapshot, or guards itself.

public import Base
public import Inference
public import Intents
public import Messages
public import Ranking
public import Store

/// The immutable values that answers are made from, replaced as one so that a request never mixes
/// an old catalogue with new intents.
public struct ServingModels: Sendable {
    public let catalog: Catalog
    public let ranker: Ranker
    public let intents: IntentClassifier?
    /// What GetModelCard tells, but for the number of profiles.
    public let card: GetModelCardResponse

    /// - Parameter intents: nil when the catalogue has no intents.
    public init(
        catalog: Catalog, ranker: Ranker, intents: IntentClassifier?,
        card: GetModelCardResponse
    ) {
        self.catalog = catalog
        self.ranker = ranker
        self.intents = intents
        self.card = card
    }
}

/// The server's parts as the RPCs see them.
public final class ServerState: Sendable {
    public let limits: Limits
    public let time: any TimeSource
    public let tokenizer: WordPieceTokenizer
    public let scheduler: Scheduler
    public let profiles: any ProfileStore
    public let pseudonymizer: Pseudonymizer
    public let models: Snapshot<ServingModels>
    /// Nil where the catalogue may only be read.
    public let catalogChanges: (any CatalogStore)?
    /// Set by the drain, read by the health service.
    public let isDraining = Snapshot(false)

    public init(
        limits: Limits, time: any TimeSource, tokenizer: WordPieceTokenizer, scheduler: Scheduler,
        profiles: any ProfileStore, pseudonymizer: Pseudonymizer,
        models: Snapshot<ServingModels>, catalogChanges: (any CatalogStore)? = nil
    ) {
        self.limits = limits
        self.time = time
        self.tokenizer = tokenizer
        self.scheduler = scheduler
        self.profiles = profiles
        self.pseudonymizer = pseudonymizer
        self.models = models
        self.catalogChanges = catalogChanges
    }
}

/// What the RPCs of one loop share: the state, and the codec that reuses its memory.
public final class LoopContext {
    public let state: ServerState
    let codec: MessageCodec
    let descriptors: DescriptorIndex

    public init(state: ServerState, descriptors: DescriptorIndex) {
        self.state = state
        self.descriptors = descriptors
        codec = MessageCodec(limits: state.limits)
    }
}
