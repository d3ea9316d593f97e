// rankwire.v1.ProfileService: what is asked about one stored user.

public import Base
internal import CMessages
public import Store

/// rankwire.v1.ExportProfileRequest.
public struct ExportProfileRequest: Sendable, Equatable {
    public var userId: String
    /// At most 1,000.
    public var pageSize: Int
    /// The id of the last event of the page before; empty for the first page.
    public var afterEventId: String

    public init(userId: String, pageSize: Int, afterEventId: String = "") {
        self.userId = userId
        self.pageSize = pageSize
        self.afterEventId = afterEventId
    }
}

/// rankwire.v1.ExportProfileResponse.
public struct ExportProfileResponse: Sendable, Equatable {
    public var profile: ProfileView
    public var events: [Event]
    /// Empty on the last page.
    public var nextPageToken: String

    public init(profile: ProfileView, events: [Event], nextPageToken: String) {
        self.profile = profile
        self.events = events
        self.nextPageToken = nextPageToken
    }
}

extension MessageCodec {
    /// Events of one page.
    private static let maxPageSize: Int32 = 1_000

    public func decodeGetProfileRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__get_profile_request__unpack).pointee
        return try id(message.user_id, "user_id")
    }

    public func encodeGetProfileRequest(userId: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_profile_request__init)
        message.pointee.user_id = arena.makeString(userId)
        return pack(message)
    }

    /// Encoding a profile takes longer than everything else about the call, and profiles are asked
    /// for more often than they change: the reply to who may see everything is kept with the profile.
    public func encodeGetProfileResponse(
        _ version: ProfileVersion, _ labels: DataLabels,
        in population: Snapshot<PopulationModel?>.Numbered
    ) -> [UInt8] {
        guard labels == .all else {
            return encodeGetProfileResponse(version.profile.view(labels, in: population.value))
        }
        if let kept = version.reply, kept.populationGeneration == population.generation {
            return kept.bytes
        }
        let bytes = encodeGetProfileResponse(version.profile.view(labels, in: population.value))
        version.reply = KeptReply(bytes: bytes, populationGeneration: population.generation)
        return bytes
    }

    public func encodeGetProfileResponse(_ profile: ProfileView) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_profile_response__init)
        message.pointee.profile = makeProfile(profile)
        return pack(message)
    }

    public func decodeGetProfileResponse(_ bytes: RawSpan) throws(Fault) -> ProfileView {
        let message = try unpack(bytes, rankwire__v1__get_profile_response__unpack).pointee
        return try profile(message.profile)
    }

    public func decodeExportProfileRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ExportProfileRequest {
        let message = try unpack(bytes, rankwire__v1__export_profile_request__unpack).pointee
        guard message.page_size >= 0 else {
            throw .invalid("page_size", "must not be negative")
        }
        let size = message.page_size == 0 ? Self.maxPageSize : message.page_size
        return ExportProfileRequest(
            userId: try id(message.user_id, "user_id"), pageSize: Int(min(size, Self.maxPageSize)),
            afterEventId: try string(
                message.page_token, "page_token", maxBytes: limits.maxIdBytes))
    }

    public func encodeExportProfileRequest(_ request: ExportProfileRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__export_profile_request__init)
        message.pointee.user_id = arena.makeString(request.userId)
        message.pointee.page_size = Int32(clamping: request.pageSize)
        message.pointee.page_token = arena.makeString(request.afterEventId)
        return pack(message)
    }

    public func encodeExportProfileResponse(_ response: ExportProfileResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__export_profile_response__init)
        message.pointee.profile = makeProfile(response.profile)
        message.pointee.n_events = response.events.count
        message.pointee.events = arena.makeArray(
            response.events.count, rankwire__v1__event__init
        ) { event, i in fill(event, from: response.events[i]) }
        message.pointee.next_page_token = arena.makeString(response.nextPageToken)
        return pack(message)
    }

    public func decodeExportProfileResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ExportProfileResponse {
        let message = try unpack(bytes, rankwire__v1__export_profile_response__unpack).pointee
        var events: [Event] = []
        for i in 0..<message.n_events {
            events.append(try event(message.events[i]!.pointee, "events[\(i)]"))
        }
        return ExportProfileResponse(
            profile: try profile(message.profile), events: events,
            nextPageToken: text(message.next_page_token))
    }

    public func decodeDeleteProfileRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__delete_profile_request__unpack).pointee
        return try id(message.user_id, "user_id")
    }

    public func encodeDeleteProfileRequest(userId: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__delete_profile_request__init)
        message.pointee.user_id = arena.makeString(userId)
        return pack(message)
    }

    public func encodeDeleteProfileResponse(existed: Bool) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__delete_profile_response__init)
        message.pointee.existed = existed ? 1 : 0
        return pack(message)
    }

    public func decodeDeleteProfileResponse(_ bytes: RawSpan) throws(Fault) -> Bool {
        try unpack(bytes, rankwire__v1__delete_profile_response__unpack).pointee.existed != 0
    }
}
