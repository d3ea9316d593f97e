// Loads a bundle while the server serves: read, check and try it beside the one that serves, then let
// it take over. On a thread of its own, one at a time.

import Ads
import Base
import Foundation
import Glibc
import Inference
import Intents
import Logging
import Messages
import Ranking
import Service
import Store
import Synchronization

extension ServingModels {
    /// - Parameters:
    ///   - head, ranking: of the bundle's directory; nil without.
    ///   - ads: what predicts clicks and conversions.
    ///   - generation: of the text model's encoder.
    ///   - behaviour: what the journal says of items; nil where nobody counted it.
    convenience init(
        _ catalog: Catalog, _ text: TextModel, _ head: IntentHead?, _ ranking: RankingModel?,
        ads: AdModel, _ generation: EncoderGeneration, _ behaviour: ItemBehaviour?
    ) {
        let ranker = Ranker(model: ranking, table: catalog.items)
        var card = GetModelCardResponse()
        card.bundleVersion = text.bundle.version
        card.source = text.bundle.card.modelName
        card.dimension = text.encoder.dimension
        card.maxTokens = text.tokenizer.options.maxTokens
        card.instructionSet = text.encoder.instructionSet.rawValue
        card.meanCosine = Float(text.bundle.card.fidelity.meanCosine)
        card.minimumCosine = Float(text.bundle.card.fidelity.minimumCosine)
        card.itemCount = catalog.items.count
        card.adCount = catalog.ads.count
        card.intentCount = catalog.intents.count
        card.serverVersion = serverVersion
        card.rankingHead = ranker.head.kind
        self.init(
            catalog: catalog,
            candidates: CandidateIndex(table: catalog.items, behaviour: behaviour ?? .empty),
            ranker: ranker, ads: AdScoring(model: ads, ads: catalog.ads),
            intents: Self.classifier(catalog.intents, head),
            entities: EntityReader(products: ProductTitles(items: catalog.items)),
            tokenizer: text.tokenizer, generation: generation, card: card)
    }

    private static func classifier(_ table: IntentTable, _ head: IntentHead?) -> IntentClassifier? {
        if head == nil, table.count == 0 { return nil }
        return IntentClassifier(table: table, head: head)
    }

    /// The same model with another catalogue.
    func with(_ catalog: Catalog) -> ServingModels {
        var card = card
        card.itemCount = catalog.items.count
        card.adCount = catalog.ads.count
        card.intentCount = catalog.intents.count
        return ServingModels(
            catalog: catalog, candidates: candidates,
            ranker: ranker.bound(to: catalog.items), ads: scoring(of: catalog.ads),
            intents: classifier(of: catalog.intents), entities: entities,
            tokenizer: tokenizer, generation: generation, card: card)
    }

    /// The one at hand where the intents are the same.
    private func classifier(of table: IntentTable) -> IntentClassifier? {
        table === catalog.intents ? intents : Self.classifier(table, intents?.head)
    }

    /// The same with other readings of a sentence and other candidates.
    func with(_ entities: EntityReader, _ candidates: CandidateIndex) -> ServingModels {
        ServingModels(
            catalog: catalog, candidates: candidates, ranker: ranker, ads: ads, intents: intents,
            entities: entities,
            tokenizer: tokenizer, generation: generation, card: card)
    }

    /// The same with what was learnt since.
    func with(_ model: AdModel) -> ServingModels {
        ServingModels(
            catalog: catalog, candidates: candidates, ranker: ranker, ads: ads.with(model),
            intents: intents, entities: entities, tokenizer: tokenizer, generation: generation,
            card: card)
    }

    /// The one at hand where the ads are the same.
    private func scoring(of table: AdTable) -> AdScoring {
        table === catalog.ads ? ads : AdScoring(model: ads.model, ads: table)
    }
}

extension TextModel {
    /// The trained head of items' ranking beside the bundle's files; nil where there is none.
    func rankingModel() throws(Fault) -> RankingModel? {
        try RankingHeadFile.read(
            bundle.path + "/" + RankingHeadFile.name, bundleVersion: bundle.version)
    }

    /// The trained intents beside the bundle's files; nil where there are none.
    func intentHead() throws(Fault) -> IntentHead? {
        let path = bundle.path + "/" + IntentHeadFile.name
        let head = try IntentHeadFile.read(path, bundleVersion: bundle.version)
        guard head.map({ $0.dimension == encoder.dimension }) ?? true else {
            throw Fault(
                .failedPrecondition, reason: "HEAD_UNREADABLE",
                "the intent head \(path) is not of the encoder's dimension")
        }
        return head
    }
}

extension ModelBundle {
    /// The model of clicks and conversions beside the bundle's files; nil where there is none.
    func adModelState() throws(Fault) -> AdModelState? {
        try AdModelFile.read(path + "/" + AdModelFile.name, bundleVersion: version)
    }
}

/// Held while models are read and published, so that a reload and a change of the catalogue do not
/// undo each other.
final class Publishing: Sendable {
    private let lock = NSLock()

    func exclusively<Value, Failure>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}

/// The bundles in the directory that holds the one the server was started with.
final class BundleLoader: ModelLoader {
    private static let maxListed = 100
    private static let retryMs = 1_000
    /// What is left of the processors, as good as.
    private static let niceness: Int32 = 15
    /// Two seconds in all: longer than calls take.
    private static let retirePolls = 100
    private static let retirePollMicroseconds: UInt32 = 20_000

    private let directory: URL
    /// Of the bundle that was loaded last.
    private let loadedName: Mutex<String>
    private let isLoading = Atomic<Bool>(false)
    /// For lists.
    private let queue = DispatchQueue(label: "models")
    private let store: SQLiteStore
    private unowned let state: ServerState
    private let publishing: Publishing
    private let learning: AdLearning
    private let logger: Logger

    /// - Parameter state: owns this.
    init(
        bundlePath: String, store: SQLiteStore, state: ServerState, publishing: Publishing,
        learning: AdLearning, logger: Logger
    ) {
        self.learning = learning
        let bundle = URL(filePath: bundlePath).standardizedFileURL
        directory = bundle.deletingLastPathComponent()
        loadedName = Mutex(bundle.lastPathComponent)
        self.store = store
        self.state = state
        self.publishing = publishing
        self.logger = logger
    }

    func list(_ completion: @escaping @Sendable (Result<[ModelSummary], Fault>) -> Void) {
        queue.async { [self] in
            let serving = state.models.load().card.bundleVersion
            let models = names().compactMap { name in
                version(of: name).map {
                    ModelSummary(name: name, bundleVersion: $0, isServing: $0 == serving)
                }
            }
            completion(.success(models))
        }
    }

    func reload(
        _ name: String,
        _ completion: @escaping @Sendable (Result<ReloadModelResponse, Fault>) -> Void
    ) {
        // One at a time is all a server can want, and bounds the queue.
        guard !isLoading.exchange(true, ordering: .acquiringAndReleasing) else {
            return completion(
                .failure(
                    Fault(
                        .unavailable, reason: "RELOAD_RUNNING", "another reload is running",
                        retryAfterMs: Self.retryMs)))
        }
        Thread.detachNewThread { [self] in
            ThreadName.set("reload")
            // Gives way to the threads that serve. Fails only for a thread that is gone.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
            let result = Result { () throws(Fault) in try load(name) }
            isLoading.store(false, ordering: .releasing)
            if case .failure(let fault) = result {
                logger.error("nothing was reloaded: \(fault.message)")
            }
            completion(result)
        }
    }

    // MARK: On the thread of a reload

    private func load(_ requested: String) throws(Fault) -> ReloadModelResponse {
        let name = requested.isEmpty ? loadedName.withLock { $0 } : requested
        guard requested.isEmpty || names().contains(name) else {
            throw .notFound("a bundle of that name")
        }
        let started = state.time.now()
        var response = ReloadModelResponse()
        response.previousBundleVersion = state.models.load().card.bundleVersion
        let text = try open(name)
        let head = try text.intentHead()
        let ranking = try text.rankingModel()
        let adHead = try text.bundle.adModelState()
        let itemCount: Int
        var old: ServingModels
        (itemCount, old) = try publishing.exclusively { () throws(Fault) in
            let catalog = try SQLiteCatalog(store: store).load(bundleVersion: text.bundle.version)
            // Segments may have been made since.
            let population = try store.population()
            let generation = try state.scheduler.replace(backend: text.encoder)
            let ads = learning.adopt(adHead, bundleVersion: text.bundle.version)
            let old = state.models.exchange(
                ServingModels(
                    catalog, text, head, ranking, ads: ads, generation,
                    try store.itemBehaviour()))
            state.population.store(population)
            return (catalog.items.count, old)
        }
        loadedName.withLock { $0 = name }
        response.bundleVersion = text.bundle.version
        response.itemCount = itemCount
        response.durationMs = Int(state.time.now().nanoseconds(since: started) / 1_000_000)
        logger.info("reloaded bundle \(response.bundleVersion.prefix(12))")
        retire(&old)
        return response
    }

    /// Lets go of what served before when no call has it any more: taking a catalogue of hundred
    /// thousand items apart takes tens of milliseconds, which must not be a loop's.
    private func retire(_ models: inout ServingModels) {
        var left = Self.retirePolls
        while left > 0, !isKnownUniquelyReferenced(&models) {
            usleep(Self.retirePollMicroseconds)
            left -= 1
        }
    }

    private func open(_ name: String) throws(Fault) -> TextModel {
        do {
            return try TextModel(
                bundlePath: directory.appending(path: name).path,
                maxTokens: state.limits.maxTokensPerText)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(
                .failedPrecondition, reason: "BUNDLE_UNREADABLE",
                "the bundle cannot be read: \(error)")
        }
    }

    private func names() -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        return (names ?? []).filter { !$0.hasPrefix(".") && version(of: $0) != nil }.sorted()
            .prefix(Self.maxListed).map { $0 }
    }

    /// What a bundle's manifest says, unchecked; nil where there is no bundle.
    private func version(of name: String) -> String? {
        struct Head: Decodable { var version: String }
        let path = directory.appending(path: name).appending(path: "manifest.json")
        guard let data = try? Data(contentsOf: path) else { return nil }
        return try? JSONDecoder().decode(Head.self, from: data).version
    }
}
