// Puts the parts together and takes them apart: open, listen, serve, drain, close.

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

/// The running server. Its loop has a thread of its own.
final class ServerProcess: Sendable {
    private let settings: Settings
    private let logger: Logger
    private let state: ServerState

    /// Opens everything the server reads; throws a `Fault` that says what is wrong with it.
    init(settings: Settings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        guard !settings[.bundle].isEmpty else {
            throw Fault.invalid("bundle", "name a model bundle with --bundle DIRECTORY")
        }
        guard !settings[.store].isEmpty else {
            throw Fault.invalid("store", "name a store with --store sqlite:PATH")
        }
        let limits = settings.limits
        let text = try TextModel(bundlePath: settings[.bundle], maxTokens: limits.maxTokensPerText)
        let path = try SQLiteStore.path(fromURI: settings[.store])
        // Opened first: it brings an older schema up to date.
        let writer = try Self.writer(path, logger)
        let store = try SQLiteStore(path: path, access: .readOnly)
        let catalog = try SQLiteCatalog(store: store).load(bundleVersion: text.bundle.version)
        let workers = settings.number(.workers)
        let profiles = try SQLiteProfileStore(store: store, writer: writer, limits: limits)
        state = ServerState(
            limits: limits, time: SystemTime(), tokenizer: text.tokenizer,
            scheduler: Scheduler(
                backend: text.encoder, limits: limits,
                workerCount: workers > 0 ? workers : ProcessInfo.processInfo.activeProcessorCount),
            profiles: profiles,
            pseudonymizer: try store.pseudonymizer(),
            models: try Self.models(catalog, text))
        logger.info(
            """
            loaded bundle \(text.bundle.version.prefix(12)), \(catalog.items.count) items, \
            \(catalog.ads.count) ads, \(catalog.intents.count) intents
            """)
    }

    /// Nil for a store that may only be read: it serves, and takes no events.
    private static func writer(_ path: String, _ logger: Logger) throws -> SQLiteStore? {
        do throws(Fault) {
            try SQLiteStore.requireFile(path)
            return try SQLiteStore(path: path, access: .durable)
        } catch {
            guard error.reason == "STORE_READ_ONLY" else { throw error }
            logger.notice("no events are taken: \(error.message)")
            return nil
        }
    }

    private static func models(_ catalog: Catalog, _ text: TextModel) throws -> ServingModels {
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
        return ServingModels(
            catalog: catalog, ranker: Ranker(),
            intents: catalog.intents.count == 0 ? nil : IntentClassifier(table: catalog.intents),
            card: card)
    }

    /// Serves until a signal asks for the end and the calls in flight have finished.
    func run() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                continuation.resume(with: Result { try self.serve() })
            }
            thread.name = "loop"
            thread.stackSize = 8 * 1024 * 1024
            thread.start()
        }
        state.scheduler.shutdown()
        state.profiles.close()
        logger.info("stopped")
    }

    /// The loop's thread.
    private func serve() throws {
        let loop = try EventLoop()
        let context = LoopContext(state: state, descriptors: DescriptorIndex())
        var configuration = ServerConfiguration()
        configuration.limits = settings.limits
        let server = Server(
            configuration: configuration,
            methods: .rankwire(context, mailbox: loop.mailbox), loop: loop)
        try listen(server)
        var isDraining = false
        let drain = { [logger, state, settings] in
            guard !isDraining else { return }
            isDraining = true
            logger.info("draining: \(server.openConnections) connections")
            state.isDraining.store(true)
            server.drain(deadlineMs: settings.number(.drainTimeoutMs)) { loop.stop() }
        }
        let terminate = try LoopSignal(SIGTERM, on: loop, drain)
        let interrupt = try LoopSignal(SIGINT, on: loop, drain)
        loop.run()
        // The loop no longer hears them, and whoever is impatient must not turn an orderly end into
        // a killed process.
        signal(SIGTERM, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        withExtendedLifetime((terminate, interrupt)) {}
    }

    private func listen(_ server: Server) throws {
        let address = settings[.listen]
        if !address.isEmpty {
            guard let colon = address.lastIndex(of: ":"),
                let port = UInt16(address[address.index(after: colon)...])
            else { throw Fault.invalid("listen", "\"\(address)\" is not HOST:PORT") }
            var host = String(address[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = String(host.dropFirst().dropLast())
            }
            let bound = try server.listen(host: host, port: Int(port))
            logger.info("listening on \(address[..<colon]):\(bound)")
        }
        if !settings[.unixSocket].isEmpty {
            try server.listen(unixSocket: settings[.unixSocket])
            logger.info("listening on unix:\(settings[.unixSocket])")
        }
        guard !address.isEmpty || !settings[.unixSocket].isEmpty else {
            throw Fault.invalid("listen", "neither a TCP address nor a Unix socket is set")
        }
    }
}
