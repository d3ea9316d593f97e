internal import CUV

/// What every libuv handle here has in common: memory that libuv may use until its close callback,
/// and an owner kept alive until then.
///
/// Confined to the loop's thread.
class LoopHandle {
    let loop: EventLoop
    /// The `uv_tcp_t`, `uv_pipe_t`, ... this object wraps.
    let memory: UnsafeMutableRawPointer
    private(set) var isClosing = false

    /// - Parameter start: initialises the handle in `memory` (`uv_tcp_init` and the like) and
    ///   returns libuv's code.
    init(
        loop: EventLoop, byteCount: Int, _ operation: String,
        start: (UnsafeMutableRawPointer) -> Int32
    ) throws(LoopError) {
        self.loop = loop
        memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let code = start(memory)
        if code < 0 {
            memory.deallocate()
            throw LoopError(operation: operation, code: code)
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    }

    final var handle: UnsafeMutablePointer<uv_handle_t> {
        memory.assumingMemoryBound(to: uv_handle_t.self)
    }

    /// Stops all callbacks. The memory goes back once libuv has let go of it.
    final func close() {
        if isClosing { return }
        isClosing = true
        willClose()
        uv_close(handle) { handle in
            guard let handle else { return }
            let object = LoopHandle.object(handle, as: LoopHandle.self)
            object.didClose()
            object.memory.deallocate()
            Unmanaged.passUnretained(object).release()
        }
    }

    /// Before `uv_close`: nothing of libuv's has ended yet.
    func willClose() {}
    /// libuv is done with the handle; its memory is still there.
    func didClose() {}

    /// The Swift object behind a handle in a callback.
    @inline(__always)
    static func object<Object: LoopHandle>(
        _ handle: UnsafeMutablePointer<uv_handle_t>, as type: Object.Type
    ) -> Object {
        // Safe: `data` is set in init and only objects of the callback's own class register it.
        unsafeDowncast(
            Unmanaged<LoopHandle>.fromOpaque(handle.pointee.data).takeUnretainedValue(),
            to: type)
    }
}
