// The event loops, what listens on them, and the signals they hear.

import Base
import Dispatch
import Glibc
import Logging
import Messages
import RPC
import Service

extension ServerProcess {
    /// What lives on a loop, and the port it listens on.
    struct Ready: Sendable {
        var port: Int
        var event: LoopConfined<EventLoop>
        var server: LoopConfined<Server>
        var context: LoopConfined<LoopContext>
        var figures: Metrics.Loop
    }

    struct Loop: Sendable {
        var thread: LoopThread
        var parts: Ready
    }

    /// The first loop listens for all; the others share its TCP port. Signals are heard last, when
    /// there is something to drain.
    /// - Parameter privateSocket: where the server calls itself; nil where it does not.
    func startLoops(
        privateSocket: String?, drained: @escaping @Sendable () -> Void
    ) throws -> [Loop] {
        var loops: [Loop] = []
        var port: Int?
        for index in 0..<max(1, settings.number(.loops)) {
            var ready: Ready?
            let sharedPort = port
            let thread = try LoopThread(name: "loop \(index)", returning: &ready) { [self] loop in
                let context = LoopContext(state: state, descriptors: DescriptorIndex())
                let server = makeServer(context, on: loop)
                let port = try listen(server, port: sharedPort, isFirst: index == 0)
                if index == 0, let privateSocket { try server.listen(unixSocket: privateSocket) }
                return Ready(
                    port: port, event: LoopConfined(loop, to: loop.mailbox),
                    server: LoopConfined(server, to: loop.mailbox),
                    context: LoopConfined(context, to: loop.mailbox),
                    figures: Metrics.Loop(counters: server.counters, calls: server.metrics))
            }
            guard let ready else { preconditionFailure("a started loop has its result") }
            port = ready.port
            loops.append(Loop(thread: thread, parts: ready))
        }
        let deadlineMs = settings.number(.drainTimeoutMs)
        security.onNewAuthorities.store { [loops] in
            for loop in loops {
                loop.thread.mailbox.post {
                    loop.parts.server.value.retireCertified(deadlineMs: deadlineMs)
                }
            }
        }
        hearSignals(loops, drained: drained)
        announce(port: port ?? 0)
        return loops
    }

    /// Returns when they are heard: who is told that the server is ready may send one.
    private func hearSignals(_ loops: [Loop], drained: @escaping @Sendable () -> Void) {
        let heard = DispatchSemaphore(value: 0)
        loops[0].thread.mailbox.post { [self] in
            defer { heard.signal() }
            let first = loops[0].parts.event.value
            var isDraining = false
            let drain = { [self] in
                guard !isDraining else { return }
                isDraining = true
                self.drain(loops, drained)
            }
            do {
                // Libuv keeps them until the loop ends.
                _ = try LoopSignal(SIGHUP, on: first) { [self] in reload() }
                _ = try LoopSignal(SIGTERM, on: first, drain)
                _ = try LoopSignal(SIGINT, on: first, drain)
            } catch { logger.critical("signals are not heard: \(error)") }
            Watchdog(manager, loop: first, mailboxes: loops.map(\.thread.mailbox))?.start()
        }
        heard.wait()
    }

    /// Says that the server is not ready, gives load balancers the time to hear it, then takes no
    /// more and lets all loops finish. Once.
    private func drain(_ loops: [Loop], _ drained: @escaping @Sendable () -> Void) {
        logger.info("draining")
        manager.isDraining()
        state.isDraining.store(true)
        let (delayMs, deadlineMs) = (
            settings.number(.drainDelayMs), settings.number(.drainTimeoutMs)
        )
        for loop in loops {
            loop.thread.mailbox.post {
                loop.parts.context.value.drain()
                let server = loop.parts.server.value
                if delayMs == 0 { return server.drain(deadlineMs: deadlineMs, completion: drained) }
                loop.parts.event.value.schedule(afterMs: delayMs) {
                    server.drain(deadlineMs: deadlineMs, completion: drained)
                }
            }
        }
    }

    private func makeServer(_ context: LoopContext, on loop: EventLoop) -> Server {
        var configuration = ServerConfiguration()
        configuration.limits = settings.limits
        for (name, path) in ServerConfiguration.fields {
            configuration[keyPath: path] = settings.number("connection.\(name)")
        }
        configuration.permitsPingsWithoutCalls = settings.number(.permitsPingsWithoutCalls) == 1
        configuration.sharesPort =
            settings.number(.loops) > 1 || settings.number(.sharesPort) == 1
        configuration.tls = security.tls
        return Server(
            configuration: configuration, methods: .rankwire(context, mailbox: loop.mailbox),
            loop: loop, gate: security.callers.map { CallerGate($0, context) }, log: calls.log)
    }
}
