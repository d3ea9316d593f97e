internal import CUV

/// Hears one of the process's signals on a loop: SIGTERM to drain, SIGHUP to reload.
public final class LoopSignal {
    private let handle: Handle

    private final class Handle: LoopHandle {
        let action: () -> Void

        init(loop: EventLoop, action: @escaping () -> Void) throws(LoopError) {
            self.action = action
            try super.init(
                loop: loop, byteCount: MemoryLayout<uv_signal_t>.size, "uv_signal_init"
            ) { uv_signal_init(loop.uv, $0.assumingMemoryBound(to: uv_signal_t.self)) }
        }
    }

    /// Calls `action` on the loop's thread at each `signal` until `cancel`. Made before the loop
    /// runs or on its thread.
    public init(
        _ signal: Int32, on loop: EventLoop, _ action: @escaping () -> Void
    ) throws(LoopError) {
        handle = try Handle(loop: loop, action: action)
        let uv = handle.memory.assumingMemoryBound(to: uv_signal_t.self)
        let code = uv_signal_start(
            uv,
            { handle, _ in
                guard let handle else { return }
                LoopHandle.object(UnsafeMutableRawPointer(handle), as: Handle.self).action()
            }, signal)
        if code < 0 { handle.close() }
        try LoopError.check(code, "uv_signal_start \(signal)")
    }

    public func cancel() { handle.close() }
}
