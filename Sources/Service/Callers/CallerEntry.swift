internal import Base
internal import Foundation
internal import Inference
internal import Store

/// One line of the file of callers, checked field by field. Faults name the field and never quote
/// what might be a secret.
struct CallerEntry {
    var name = ""
    var callerClass = CallerClass.interactive
    /// SHA-256 of bearer tokens.
    var tokenHashes: [[UInt8]] = []
    /// Names in a client certificate: alternative names or the common name, compared whole.
    var certificateNames: [String] = []
    /// `*`, `ScoringService/*`, `ScoringService/ScoreItems`, or with the package before.
    var rpcs: [String] = []
    var requestsPerSecond: Int?
    var requestBurst: Int?
    var tokensPerSecond: Int?
    var tokenBurst: Int?
    /// None unless named.
    var labels: DataLabels = []

    private static let maxValues = 256
    private static let maxBytes = 256

    init(line: Data) throws(Fault) {
        guard let object = (try? JSONSerialization.jsonObject(with: line)) as? [String: Any] else {
            throw .invalid("line", "is not a JSON object")
        }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) { try set(key, value) }
        guard !name.isEmpty else { throw .invalid("name", "is missing") }
        guard object["class"] != nil else {
            throw .invalid("class", "is missing: bidding, interactive or bulk")
        }
        guard !rpcs.isEmpty else { throw .invalid("rpcs", "is missing: nothing would be allowed") }
        guard !tokenHashes.isEmpty || !certificateNames.isEmpty else {
            throw .invalid("tokens", "neither tokens nor certificates: nobody could be this caller")
        }
        guard requestBurst == nil || requestsPerSecond != nil else {
            throw .invalid("requestBurst", "needs requestsPerSecond")
        }
        guard tokenBurst == nil || tokensPerSecond != nil else {
            throw .invalid("tokenBurst", "needs tokensPerSecond")
        }
    }

    private mutating func set(_ key: String, _ value: Any) throws(Fault) {
        switch key {
        case "name": name = try Self.text(key, value)
        case "class":
            switch value as? String {
            case "bidding": callerClass = .bidding
            case "interactive": callerClass = .interactive
            case "bulk": callerClass = .bulk
            default: throw .invalid(key, "is bidding, interactive or bulk")
            }
        case "tokens":
            tokenHashes = try Self.texts(key, value).map { text throws(Fault) in
                try Self.hash(key, text)
            }
        case "certificates": certificateNames = try Self.texts(key, value)
        case "rpcs": rpcs = try Self.texts(key, value)
        case "requestsPerSecond": requestsPerSecond = try Self.number(key, value)
        case "requestBurst": requestBurst = try Self.number(key, value)
        case "tokensPerSecond": tokensPerSecond = try Self.number(key, value)
        case "tokenBurst": tokenBurst = try Self.number(key, value)
        case "labels": labels = try DataLabels(names: try Self.texts(key, value))
        default: throw .invalid(String(key.prefix(64)), "there is no such field")
        }
    }

    private static func text(_ key: String, _ value: Any) throws(Fault) -> String {
        guard let text = value as? String, !text.isEmpty, text.utf8.count <= maxBytes,
            !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { throw .invalid(key, "is a text of 1 to \(maxBytes) printable bytes") }
        return text
    }

    private static func texts(_ key: String, _ value: Any) throws(Fault) -> [String] {
        guard let values = value as? [Any], !values.isEmpty, values.count <= maxValues else {
            throw .invalid(key, "is a list of 1 to \(maxValues) texts")
        }
        return try values.map { value throws(Fault) in try text(key, value) }
    }

    private static func number(_ key: String, _ value: Any) throws(Fault) -> Int {
        guard let number = value as? Int, (1...1_000_000_000).contains(number) else {
            throw .invalid(key, "is a whole number from 1 to 1000000000")
        }
        return number
    }

    private static func hash(_ key: String, _ text: String) throws(Fault) -> [UInt8] {
        let digits = text.hasPrefix("sha256:") ? Array(text.utf8.dropFirst(7)) : []
        guard let bytes = Hexadecimal.bytes(digits[...]), bytes.count == BearerToken.hashBytes
        else {
            throw .invalid(
                key,
                "holds \"sha256:\" and 64 hexadecimal digits, as 'rankwire caller hash-token' prints"
            )
        }
        return bytes
    }
}
