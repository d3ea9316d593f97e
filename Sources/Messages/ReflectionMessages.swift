// grpc.reflection.v1.ServerReflection (grpc/doc/server-reflection.md).

public import Base
internal import CMessages

/// What a reflection client asks (grpc.reflection.v1.ServerReflectionRequest).
public enum ReflectionQuestion: Sendable, Equatable {
    case fileByName(String)
    case fileContainingSymbol(String)
    case fileContainingExtension(type: String, number: Int32)
    case extensionNumbers(ofType: String)
    case listServices
}

/// What it is told (grpc.reflection.v1.ServerReflectionResponse).
public enum ReflectionAnswer: Sendable, Equatable {
    /// Serialised FileDescriptorProtos.
    case files([[UInt8]])
    case services([String])
    case failure(code: StatusCode, message: String)
}

extension MessageCodec {
    public func decodeReflectionRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ReflectionQuestion {
        let message = try unpack(
            bytes, grpc__reflection__v1__server_reflection_request__unpack
        ).pointee
        let maxBytes = limits.maxIdBytes
        switch message.message_request_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
            return .fileByName(
                try string(message.file_by_filename, "file_by_filename", maxBytes: maxBytes))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
            return .fileContainingSymbol(
                try string(
                    message.file_containing_symbol, "file_containing_symbol", maxBytes: maxBytes))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
            let asked = message.file_containing_extension.pointee
            return .fileContainingExtension(
                type: try string(
                    asked.containing_type, "file_containing_extension.containing_type",
                    maxBytes: maxBytes),
                number: asked.extension_number)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
            return .extensionNumbers(
                ofType: try string(
                    message.all_extension_numbers_of_type, "all_extension_numbers_of_type",
                    maxBytes: maxBytes))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
            return .listServices
        default:
            throw .invalid("message_request", "must hold a question")
        }
    }

    /// - Parameter request: the bytes of the question, which the answer repeats.
    public func encodeReflectionResponse(
        _ answer: ReflectionAnswer, to request: RawSpan
    ) throws(Fault) -> [UInt8] {
        let original = try unpack(request, grpc__reflection__v1__server_reflection_request__unpack)
        let message = arena.make(grpc__reflection__v1__server_reflection_response__init)
        message.pointee.valid_host = original.pointee.host
        message.pointee.original_request = original
        switch answer {
        case .files(let files):
            let response = arena.make(grpc__reflection__v1__file_descriptor_response__init)
            response.pointee.n_file_descriptor_proto = files.count
            response.pointee.file_descriptor_proto = arena.makeByteArrays(files)
            message.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
            message.pointee.file_descriptor_response = response
        case .services(let names):
            let response = arena.make(grpc__reflection__v1__list_service_response__init)
            response.pointee.n_service = names.count
            response.pointee.service = arena.makeArray(
                names.count, grpc__reflection__v1__service_response__init
            ) { service, i in service.pointee.name = arena.makeString(names[i]) }
            message.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
            message.pointee.list_services_response = response
        case .failure(let code, let text):
            let response = arena.make(grpc__reflection__v1__error_response__init)
            response.pointee.error_code = code.rawValue
            response.pointee.error_message = arena.makeString(text)
            message.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
            message.pointee.error_response = response
        }
        return pack(message)
    }
}
