// rankwire.v1.ModelService.

public import Base
internal import CMessages

/// rankwire.v1.GetModelCardResponse.
public struct GetModelCardResponse: Sendable, Equatable {
    public var bundleVersion = ""
    public var source = ""
    public var dimension = 0
    public var maxTokens = 0
    public var instructionSet = ""
    public var meanCosine: Float = 0
    public var minimumCosine: Float = 0
    public var itemCount = 0
    public var adCount = 0
    public var intentCount = 0
    public var profileCount = 0
    public var serverVersion = ""
    public var rankingHead = ""

    public init() {}
}

/// A bundle of rankwire.v1.ListModelsResponse.
public struct ModelSummary: Sendable, Equatable {
    public var name: String
    public var bundleVersion: String
    public var isServing: Bool

    public init(name: String, bundleVersion: String, isServing: Bool) {
        self.name = name
        self.bundleVersion = bundleVersion
        self.isServing = isServing
    }
}

/// rankwire.v1.ReloadModelResponse.
public struct ReloadModelResponse: Sendable, Equatable {
    public var bundleVersion = ""
    public var previousBundleVersion = ""
    public var itemCount = 0
    public var durationMs = 0

    public init() {}
}

extension MessageCodec {
    /// Has no fields; decoding checks that it is a message at all.
    public func decodeListModelsRequest(_ bytes: RawSpan) throws(Fault) {
        _ = try unpack(bytes, rankwire__v1__list_models_request__unpack)
    }

    public func encodeListModelsResponse(_ models: [ModelSummary]) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__list_models_response__init)
        message.pointee.n_models = models.count
        message.pointee.models = arena.makeArray(
            models.count, rankwire__v1__model__init
        ) { model, index in
            model.pointee.name = arena.makeString(models[index].name)
            model.pointee.bundle_version = arena.makeString(models[index].bundleVersion)
            model.pointee.serving = models[index].isServing ? 1 : 0
        }
        return pack(message)
    }

    /// - Returns: the bundle's name; empty for the one that was loaded last.
    public func decodeReloadModelRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__reload_model_request__unpack).pointee
        return try string(message.name, "name", maxBytes: limits.maxIdBytes)
    }

    public func encodeReloadModelResponse(_ response: ReloadModelResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__reload_model_response__init)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.previous_bundle_version = arena.makeString(
            response.previousBundleVersion)
        message.pointee.item_count = UInt64(response.itemCount)
        message.pointee.duration_ms = UInt64(response.durationMs)
        return pack(message)
    }

    /// - Parameter name: of a bundle; empty for the one that was loaded last.
    public func encodeReloadModelRequest(name: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__reload_model_request__init)
        message.pointee.name = arena.makeString(name)
        return pack(message)
    }

    public func decodeReloadModelResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ReloadModelResponse {
        let message = try unpack(bytes, rankwire__v1__reload_model_response__unpack).pointee
        var response = ReloadModelResponse()
        response.bundleVersion = text(message.bundle_version)
        response.previousBundleVersion = text(message.previous_bundle_version)
        response.itemCount = Int(clamping: message.item_count)
        response.durationMs = Int(clamping: message.duration_ms)
        return response
    }

    /// Has no fields; decoding checks that it is a message at all.
    public func decodeGetModelCardRequest(_ bytes: RawSpan) throws(Fault) {
        _ = try unpack(bytes, rankwire__v1__get_model_card_request__unpack)
    }

    public func encodeGetModelCardRequest() -> [UInt8] {
        arena.reset()
        return pack(arena.make(rankwire__v1__get_model_card_request__init))
    }

    public func encodeGetModelCardResponse(_ response: GetModelCardResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_model_card_response__init)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.source = arena.makeString(response.source)
        message.pointee.dimension = UInt32(response.dimension)
        message.pointee.max_tokens = UInt32(response.maxTokens)
        message.pointee.instruction_set = arena.makeString(response.instructionSet)
        message.pointee.mean_cosine = response.meanCosine
        message.pointee.minimum_cosine = response.minimumCosine
        message.pointee.item_count = UInt64(response.itemCount)
        message.pointee.ad_count = UInt64(response.adCount)
        message.pointee.intent_count = UInt64(response.intentCount)
        message.pointee.profile_count = UInt64(response.profileCount)
        message.pointee.server_version = arena.makeString(response.serverVersion)
        message.pointee.ranking_head = arena.makeString(response.rankingHead)
        return pack(message)
    }

    public func decodeGetModelCardResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> GetModelCardResponse {
        let message = try unpack(bytes, rankwire__v1__get_model_card_response__unpack).pointee
        var response = GetModelCardResponse()
        response.bundleVersion = text(message.bundle_version)
        response.source = text(message.source)
        response.dimension = Int(message.dimension)
        response.maxTokens = Int(message.max_tokens)
        response.instructionSet = text(message.instruction_set)
        response.meanCosine = message.mean_cosine
        response.minimumCosine = message.minimum_cosine
        response.itemCount = Int(clamping: message.item_count)
        response.adCount = Int(clamping: message.ad_count)
        response.intentCount = Int(clamping: message.intent_count)
        response.profileCount = Int(clamping: message.profile_count)
        response.serverVersion = text(message.server_version)
        response.rankingHead = text(message.ranking_head)
        return response
    }
}
