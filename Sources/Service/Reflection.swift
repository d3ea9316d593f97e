// grpc.reflection.v1.ServerReflection (grpc/doc/server-reflection.md): a question, an answer, until
// the caller has no more.

internal import Base
internal import Messages
internal import RPC

/// Serves every call of its loop: it keeps nothing between messages.
final class Reflection: CallHandler {
    private let context: LoopContext
    private let services: [String]

    /// - Parameter services: full names of what is registered.
    init(context: LoopContext, services: [String]) {
        self.context = context
        self.services = services
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let answer = answer(try context.codec.decodeReflectionRequest(message))
            call.send(try context.codec.encodeReflectionResponse(answer, to: message))
        } catch { call.fail(error, context.codec) }
    }

    func receivedEnd(on call: ServerCall) { call.finish() }

    private func answer(_ question: ReflectionQuestion) -> ReflectionAnswer {
        switch question {
        case .fileByName(let name):
            found(context.descriptors.files(named: name), "file \(name)")
        case .fileContainingSymbol(let symbol):
            found(context.descriptors.files(containing: symbol), "symbol \(symbol)")
        case .fileContainingExtension(let type, _):
            .failure(code: .notFound, message: "\(type) has no extensions")
        case .extensionNumbers(let type):
            .failure(code: .notFound, message: "\(type) has no extensions")
        case .listServices: .services(services)
        }
    }

    private func found(_ files: [[UInt8]]?, _ what: String) -> ReflectionAnswer {
        files.map { .files($0) } ?? .failure(code: .notFound, message: "\(what) not found")
    }
}
