// rankwire.v1.ModelService.

public import Ads
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
    public var adModel = AdModelCard()

    public init() {}
}

/// rankwire.v1.AdModelCard.
public struct AdModelCard: Sendable, Equatable {
    public var version = ""
    public var clickExampleCount = 0
    public var conversionExampleCount = 0
    /// Unix nanoseconds; nil before the first example.
    public var learntThrough: Int64?
    public var promotedCount = 0
    public var refusedCount = 0
    public var feedback = FeedbackCounts()

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
        message.pointee.ad_model = makeAdModelCard(response.adModel)
        return pack(message)
    }

    private func makeAdModelCard(
        _ card: AdModelCard
    ) -> UnsafeMutablePointer<Rankwire__V1__AdModelCard> {
        let message = arena.make(rankwire__v1__ad_model_card__init)
        message.pointee.version = arena.makeString(card.version)
        message.pointee.click_example_count = UInt64(card.clickExampleCount)
        message.pointee.conversion_example_count = UInt64(card.conversionExampleCount)
        message.pointee.learnt_through = card.learntThrough.map { makeTime($0) }
        message.pointee.promoted_count = UInt64(card.promotedCount)
        message.pointee.refused_count = UInt64(card.refusedCount)
        let counts = arena.make(rankwire__v1__ad_feedback_counts__init)
        counts.pointee.impression_count = UInt64(card.feedback.impressions)
        counts.pointee.click_count = UInt64(card.feedback.clicks)
        counts.pointee.conversion_count = UInt64(card.feedback.conversions)
        counts.pointee.repeated_count = UInt64(card.feedback.repeated)
        counts.pointee.late_count = UInt64(card.feedback.late)
        counts.pointee.without_impression_count = UInt64(card.feedback.withoutImpression)
        counts.pointee.unknown_ad_count = UInt64(card.feedback.unknownAds)
        message.pointee.feedback = counts
        return message
    }

    private func adModelCard(_ message: Rankwire__V1__AdModelCard) throws(Fault) -> AdModelCard {
        var card = AdModelCard()
        card.version = text(message.version)
        card.clickExampleCount = Int(clamping: message.click_example_count)
        card.conversionExampleCount = Int(clamping: message.conversion_example_count)
        card.learntThrough = try time(message.learnt_through, "ad_model.learnt_through")
        card.promotedCount = Int(clamping: message.promoted_count)
        card.refusedCount = Int(clamping: message.refused_count)
        guard let counts = message.feedback?.pointee else { return card }
        card.feedback.impressions = Int(clamping: counts.impression_count)
        card.feedback.clicks = Int(clamping: counts.click_count)
        card.feedback.conversions = Int(clamping: counts.conversion_count)
        card.feedback.repeated = Int(clamping: counts.repeated_count)
        card.feedback.late = Int(clamping: counts.late_count)
        card.feedback.withoutImpression = Int(clamping: counts.without_impression_count)
        card.feedback.unknownAds = Int(clamping: counts.unknown_ad_count)
        return card
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
        if let card = message.ad_model { response.adModel = try adModelCard(card.pointee) }
        return response
    }
}
