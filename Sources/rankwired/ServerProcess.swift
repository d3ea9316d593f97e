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

/// The running server. Each of its loops has a thread of its own.
final class ServerProcess: Sendable {
    private let settings: Settings
    private let logger: Logger
    private let state: ServerState
    private let security: Security

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
        let profiles = try SQLiteProfileStore(store: store, writer: writer, limits: limits)
        state = ServerState(
            limits: limits, time: SystemTime(), scheduler: scheduler, profiles: profiles,
            pseudonymizer: store.pseudonymizer,
            models: ServingModels(
                catalog, text, try text.intentHead(), scheduler.generation),
            population: try store.population())
        let publishing = Publishing()
        state.modelLoader.store(
            BundleLoader(
                bundlePath: settings[.bundle], store: store, state: state, publishing: publishing,
                logger: logger))
        if writer != nil {
            let titles = TitleIndexing(state, publishing)
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
                    titles.follow()
                })
        }
        logger.info(
            """
            loaded bundle \(text.bundle.version.prefix(12)), \(catalog.items.count) items, \
            \(catalog.ads.count) ads, \(catalog.intents.count) intents, \
            \(catalog.articles.count) articles; \
            \(catalog.vectors.table.rowCount) vectors, \
            \(catalog.vectors.table.mappedRowCount) of them mapped
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
        let loops = try startLoops(drained: { drained.continuation.yield() })
        var ended = drained.stream.makeAsyncIterator()
        for _ in loops { await ended.next() }
        // The loops run on to the process's end: who is impatient and asks again is still heard, and
        // does not turn an orderly end into a killed process.
        state.scheduler.shutdown()
        state.catalogChanges.load()?.close()
        state.profiles.close()
        logger.info("scheduler: \(state.scheduler.counters())")
        logger.info("stopped")
        withExtendedLifetime(loops) {}
    }

    /// What lives on a loop, and the port it listens on.
    private struct Ready: Sendable {
        var port: Int
        var event: LoopConfined<EventLoop>
        var server: LoopConfined<Server>
        var context: LoopConfined<LoopContext>
    }

    private struct Loop: Sendable {
        var thread: LoopThread
        var parts: Ready
    }

    /// The first loop listens for all; the others share its TCP port. Signals are heard last, when
    /// there is something to drain.
    private func startLoops(drained: @escaping @Sendable () -> Void) throws -> [Loop] {
        var loops: [Loop] = []
        var port: Int?
        for index in 0..<max(1, settings.number(.loops)) {
            var ready: Ready?
            let sharedPort = port
            let thread = try LoopThread(returning: &ready) { [self] loop in
                let context = LoopContext(state: state, descriptors: DescriptorIndex())
                let server = makeServer(context, on: loop)
                let port = try listen(server, port: sharedPort)
                if index == 0 { try listenUnix(server) }
                return Ready(
                    port: port, event: LoopConfined(loop, to: loop.mailbox),
                    server: LoopConfined(server, to: loop.mailbox),
                    context: LoopConfined(context, to: loop.mailbox))
            }
            guard let ready else { preconditionFailure("a started loop has its result") }
            port = ready.port
            loops.append(Loop(thread: thread, parts: ready))
        }
        hearSignals(loops, drained: drained)
        announce(port: port ?? 0)
        return loops
    }

    /// SIGTERM and SIGINT drain all loops, once.
    private func hearSignals(_ loops: [Loop], drained: @escaping @Sendable () -> Void) {
        loops[0].thread.mailbox.post { [self] in
            var isDraining = false
            let drain = { [self] in
                guard !isDraining else { return }
                isDraining = true
                logger.info("draining")
                state.isDraining.store(true)
                for loop in loops {
                    loop.thread.mailbox.post { [settings] in
                        loop.parts.context.value.drain()
                        loop.parts.server.value.drain(
                            deadlineMs: settings.number(.drainTimeoutMs), completion: drained)
                    }
                }
            }
            do {
                // Libuv keeps them until the loop ends.
                _ = try LoopSignal(SIGHUP, on: loops[0].parts.event.value) { [security] in
                    security.reload()
                }
                _ = try LoopSignal(SIGTERM, on: loops[0].parts.event.value, drain)
                _ = try LoopSignal(SIGINT, on: loops[0].parts.event.value, drain)
            } catch { logger.critical("signals are not heard: \(error)") }
        }
    }

    private func makeServer(_ context: LoopContext, on loop: EventLoop) -> Server {
        var configuration = ServerConfiguration()
        configuration.limits = settings.limits
        for (name, path) in ServerConfiguration.fields {
            configuration[keyPath: path] = settings.number("connection.\(name)")
        }
        configuration.permitsPingsWithoutCalls = settings.number(.permitsPingsWithoutCalls) == 1
        configuration.sharesPort = settings.number(.loops) > 1
        configuration.tls = security.tls
        return Server(
            configuration: configuration, methods: .rankwire(context, mailbox: loop.mailbox),
            loop: loop, gate: security.callers.map { CallerGate($0, context) })
    }

    /// HOST and PORT of the setting; nil when no TCP address is set.
    private func address() throws -> (host: String, port: Int)? {
        let address = settings[.listen]
        if address.isEmpty { return nil }
        guard let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else { throw Fault.invalid("listen", "\"\(address)\" is not HOST:PORT") }
        var host = String(address[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (host, Int(port))
    }

    /// - Parameter port: instead of the setting's, for a loop that shares the first one's.
    /// - Returns: the port; 0 when no TCP address is set.
    private func listen(_ server: Server, port: Int?) throws -> Int {
        guard let (host, ownPort) = try address() else {
            guard !settings[.unixSocket].isEmpty else {
                throw Fault.invalid("listen", "neither a TCP address nor a Unix socket is set")
            }
            return 0
        }
        try security.check(host: host)
        return try server.listen(host: host, port: port ?? ownPort)
    }

    private func listenUnix(_ server: Server) throws {
        if !settings[.unixSocket].isEmpty {
            try server.listen(unixSocket: settings[.unixSocket])
        }
    }

    /// Scripts wait for these lines.
    private func announce(port: Int) {
        if let colon = settings[.listen].lastIndex(of: ":") {
            logger.info("listening on \(settings[.listen][..<colon]):\(port)")
        }
        if !settings[.unixSocket].isEmpty {
            logger.info("listening on unix:\(settings[.unixSocket])")
        }
    }
}
