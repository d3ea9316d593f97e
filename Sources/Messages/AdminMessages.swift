// rankwire.v1.AdminService.

public import Base
internal import CMessages

/// rankwire.v1.EffectiveSetting.
public struct EffectiveSetting: Sendable, Equatable {
    public var key: String
    public var value: String
    public var source: String

    public init(key: String, value: String, source: String) {
        self.key = key
        self.value = value
        self.source = source
    }
}

extension MessageCodec {
    public func encodeGetConfigurationRequest() -> [UInt8] {
        arena.reset()
        return pack(arena.make(rankwire__v1__get_configuration_request__init))
    }

    /// Has no fields; decoding checks that it is a message at all.
    public func decodeGetConfigurationRequest(_ bytes: RawSpan) throws(Fault) {
        _ = try unpack(bytes, rankwire__v1__get_configuration_request__unpack)
    }

    public func encodeGetConfigurationResponse(_ settings: [EffectiveSetting]) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_configuration_response__init)
        message.pointee.n_settings = settings.count
        message.pointee.settings = arena.makeArray(
            settings.count, rankwire__v1__effective_setting__init
        ) { setting, index in
            setting.pointee.key = arena.makeString(settings[index].key)
            setting.pointee.value = arena.makeString(settings[index].value)
            setting.pointee.source = arena.makeString(settings[index].source)
        }
        return pack(message)
    }

    public func decodeGetConfigurationResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> [EffectiveSetting] {
        let message = try unpack(bytes, rankwire__v1__get_configuration_response__unpack).pointee
        return (0..<message.n_settings).map { index in
            let setting = message.settings[index]!.pointee
            return EffectiveSetting(
                key: text(setting.key), value: text(setting.value), source: text(setting.source))
        }
    }
}
