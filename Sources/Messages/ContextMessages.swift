// rankwire.v1.RequestContext.

internal import Base
internal import CMessages
internal import Ranking

extension MessageCodec {
    /// Nil without one, or one that does not say when.
    func requestContext(
        _ message: UnsafePointer<Rankwire__V1__RequestContext>?, _ field: String
    ) throws(Fault) -> RequestContext? {
        guard let context = message?.pointee else { return nil }
        let time = try time(context.time, "\(field).time")
        return RequestContext(
            unixNanoseconds: time,
            channel: try string(context.channel, "\(field).channel", maxBytes: limits.maxIdBytes),
            device: try string(context.device, "\(field).device", maxBytes: limits.maxIdBytes))
    }

    func makeRequestContext(
        _ context: RequestContext
    ) -> UnsafeMutablePointer<Rankwire__V1__RequestContext> {
        let message = arena.make(rankwire__v1__request_context__init)
        message.pointee.time = context.unixNanoseconds.map(makeTime)
        message.pointee.channel = arena.makeString(context.channel)
        message.pointee.device = arena.makeString(context.device)
        return message
    }
}
