// Puts the parts together and takes them apart: open, listen, serve, drain, close.

import Ads
import Base
import Foundation
import Inference
import Intents
import Logging
import Messages
import RPC
import Ranking
import Service
import Store

/// The running server. Each of its loops has a thread of its own.
final class ServerProcess: Sendable {
    let settings: Settings
    let logger: Logger
    let state: ServerState
    let security: Security
    let manager: ServiceManager
    let profiles: SQLiteProfileStore
    let calls: CallLogging
    private let learning: AdLearning
    private let output: LogOutput
    private let reread: @Sendable () async throws -> Settings

    /// Opens everything the server reads; throws a `Fault` that says what is wrong with it.
    /// - Parameter reread: the settings as they are by then, for SIGHUP.
    init(
        settings: Settings, logger: Logger, output: LogOutput, manager: ServiceManager,
        reread: @escaping @Sendable () async throws -> Settings
    ) throws {
        self.settings = settings
        self.logger = logger
        self.manager = manager
        self.output = output
        self.reread = reread
        calls = CallLogging(settings, logger: logger)
        guard !settings[.bundle].isEmpty else {
            throw Fault.invalid("bundle", "name a model bundle with --bundle DIRECTORY")
        }
        guard !settings[.store].isEmpty else {
            throw Fault.invalid("store", "name a store with --store sqlite:PATH")
        }
        security = try Security(settings, logger: logger)
        let limits = settings.limits
        let text = try TextModel(bundlePath: settings[.bundle], maxTokens: limits.maxTokensPerText)
        let scheduler = try Scheduler(
            backend: text.encoder, limits: limits,
            workerCount: settings.number(.workers) > 0
                ? settings.number(.workers) : ProcessInfo.processInfo.activeProcessorCount)
        let path = try SQLiteStore.path(fromURI: settings[.store])
        // Opened first: it brings an older schema up to date.
        let key = settings.masterKey
        let writer = try Self.writer(path, key, logger)
        try writer?.countPopularity()
        let store = try SQLiteStore(path: path, access: .readOnly, key: key)
        let catalog = try SQLiteCatalog(store: store).load(
            bundleVersion: text.bundle.version, report: { logger.notice("\($0)") })
        let learning = AdLearning(
            storePath: path, head: try text.bundle.adModelState(),
            bundleVersion: text.bundle.version, settings: settings, logger: logger)
        self.learning = learning
        profiles = try SQLiteProfileStore(
            store: store, writer: writer, limits: limits, onStored: { learning.note($0) })
        state = ServerState(
            limits: limits, time: SystemTime(), scheduler: scheduler, profiles: profiles,
            pseudonymizer: store.pseudonymizer,
            models: ServingModels(
                catalog, text, try text.intentHead(), try text.rankingModel(),
                ads: learning.model, scheduler.generation, try store.itemBehaviour()),
            population: try store.population(),
            pacingSeed: UInt64(settings.number(.pacingSeed)))
        state.settings.store(settings.effective)
        let publishing = Publishing()
        state.modelLoader.store(
            BundleLoader(
                bundlePath: settings[.bundle], store: store, state: state, publishing: publishing,
                learning: learning, logger: logger))
        state.audiences.store(AudienceScan(path: path, key: key, limits: limits, time: state.time))
        if writer != nil {
            let indexing = CatalogIndexing(state, publishing)
            state.catalogChanges.store(
                SQLiteCatalogStore(
                    store: try SQLiteStore(path: path, access: .durable, key: key),
                    bundleVersion: text.bundle.version, dimension: text.encoder.dimension,
                    limits: limits
                ) { [models = state.models] (next) throws(Fault) in
                    try publishing.exclusively { () throws(Fault) in
                        let current = models.load()
                        models.store(current.with(try next(current.catalog)))
                    }
                    indexing.follow()
                })
            state.adFeedback.store(learning)
            try learning.start(
                store: SQLiteStore(path: path, access: .readOnly, key: key), state: state,
                publishing: publishing)
        }
        logger.info(
            """
            loaded bundle \(text.bundle.version.prefix(12)), \(catalog.items.count) items, \
            \(catalog.ads.count) ads, \(catalog.intents.count) intents, \
            \(catalog.articles.count) articles; \
            \(catalog.vectors.table.rowCount) vectors, \
            \(catalog.vectors.table.mappedRowCount) of them mapped; \
            batches of \(state.scheduler.generation.costs.best.tokens) tokens
            """)
    }

    /// Nil for a store that may only be read: it serves, and takes no events.
    private static func writer(
        _ path: String, _ key: MasterKeySource, _ logger: Logger
    ) throws -> SQLiteStore? {
        do throws(Fault) {
            try SQLiteStore.requireFile(path)
            return try SQLiteStore(path: path, access: .durable, key: key)
        } catch {
            guard error.reason == "STORE_READ_ONLY" else { throw error }
            logger.notice("no events are taken: \(error.message)")
            return nil
        }
    }

    /// Serves until a signal asks for the end and the calls in flight have finished.
    func run() async throws {
        let drained = AsyncStream<Void>.makeStream()
        let privateSocket = settings.hasAdminPage ? try PrivateSocket() : nil
        defer { privateSocket?.remove() }
        let loops = try startLoops(
            privateSocket: privateSocket?.path, drained: { drained.continuation.yield() })
        let admin = try await startAdmin(loops, privateSocket: privateSocket?.path)
        manager.isReady()
        var ended = drained.stream.makeAsyncIterator()
        for _ in loops { await ended.next() }
        // The loops run on to the process's end: who is impatient and asks again is still heard, and
        // does not turn an orderly end into a killed process.
        state.scheduler.shutdown()
        state.catalogChanges.load()?.close()
        learning.close()
        state.profiles.close()
        await admin?.stop()
        logger.info("scheduler: \(state.scheduler.counters())")
        logger.info("stopped")
        withExtendedLifetime(loops) {}
    }

    /// Reads again what may change while the server runs: certificates, callers, how much is logged.
    func reload() {
        manager.reloads()
        security.reload()
        Task { [self] in
            do {
                let new = try await reread()
                output.level = new.logLevel ?? output.level
                calls.apply(new)
                logger.info(
                    """
                    settings read again: log level \(output.level), calls are slow from \
                    \(new[.slowCallMs]) ms
                    """)
            } catch { logger.error("the settings stay as they were: \(error)") }
            manager.isReady()
        }
    }
}
