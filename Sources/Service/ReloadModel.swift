// ModelService.ReloadModel and ListModels: both wait for the loader's thread.

internal import Base
internal import Messages
internal import RPC

/// Serves every call of its loop: it keeps nothing between them.
final class ReloadModel: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let name = try context.codec.decodeReloadModelRequest(message)
            let loader = try context.requireModelLoader()
            let confined = LoopConfined((context, call), to: call.mailbox)
            let mailbox = call.mailbox
            loader.reload(name) { result in
                mailbox.post {
                    let (context, call) = confined.value
                    call.answer(result, context) { context.codec.encodeReloadModelResponse($0) }
                }
            }
        } catch { call.fail(error, context.codec) }
    }
}

/// Serves every call of its loop: it keeps nothing between them.
final class ListModels: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            try context.codec.decodeListModelsRequest(message)
            let loader = try context.requireModelLoader()
            let confined = LoopConfined((context, call), to: call.mailbox)
            let mailbox = call.mailbox
            loader.list { result in
                mailbox.post {
                    let (context, call) = confined.value
                    call.answer(result, context) { context.codec.encodeListModelsResponse($0) }
                }
            }
        } catch { call.fail(error, context.codec) }
    }
}

extension LoopContext {
    fileprivate func requireModelLoader() throws(Fault) -> any ModelLoader {
        guard let loader = state.modelLoader.load() else {
            throw Fault(
                .unimplemented, reason: "NO_MODEL_LOADER", "this server does not load models")
        }
        return loader
    }
}

extension ServerCall {
    /// Nothing is sent when the call has ended meanwhile.
    fileprivate func answer<Value>(
        _ result: Result<Value, Fault>, _ context: LoopContext, _ encode: (Value) -> [UInt8]
    ) {
        switch result {
        case .success(let value): reply(encode(value))
        case .failure(let fault): fail(fault, context.codec)
        }
    }
}
