private import Foundation

/// JSON of a model's directory, read and written in one way: bounded, typed, errors that name the
/// field.
enum JSONFile {
    static let limitBytes = 4 * 1024 * 1024

    static func read<Value: Decodable>(
        _ type: Value.Type, from path: String
    ) throws(BundleError) -> Value {
        try decode(type, try readSmallFile(path, limitBytes: limitBytes), file: path)
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], file: String, place: String = ""
    ) throws(BundleError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            let (field, problem) = describe(error)
            let places = [place, field].filter { !$0.isEmpty }
            throw BundleError(file: file, place: places.joined(separator: ": "), problem)
        } catch {
            throw BundleError(file: file, place: place, "is not valid JSON")
        }
    }

    /// Keys in order, so that the same value is the same bytes.
    static func encode(_ value: some Encodable) throws(BundleError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw BundleError(file: "JSON", "a value cannot be written: \(error)")
        }
    }

    private static func describe(_ error: DecodingError) -> (field: String, problem: String) {
        switch error {
        case .keyNotFound(let key, let context):
            (path(context.codingPath + [key]), "is missing")
        case .typeMismatch(let type, let context):
            (path(context.codingPath), "is not a \(type)")
        case .valueNotFound(let type, let context):
            (path(context.codingPath), "is null where a \(type) belongs")
        case .dataCorrupted(let context):
            (
                path(context.codingPath),
                context.codingPath.isEmpty ? "is not valid JSON" : context.debugDescription
            )
        @unknown default:
            ("", "cannot be decoded")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.map(\.stringValue).joined(separator: ".")
    }
}
