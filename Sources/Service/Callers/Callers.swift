public import Base
internal import Foundation
internal import RPC
internal import Store
private import Synchronization

/// All callers as one version of the file has them. Immutable.
public struct Callers: Sendable {
    public private(set) var all: [Caller] = []
    /// By the hash's first bytes; the rest is compared without haste.
    private var byToken: [UInt64: [(hash: [UInt8], caller: Caller)]] = [:]
    private var byCertificateName: [String: Caller] = [:]

    private static let maxFileBytes = 16 * 1024 * 1024
    private static let maxCallers = 10_000

    public var count: Int { all.count }

    /// - Parameters:
    ///   - file: JSON lines, one caller each; empty lines are passed over.
    ///   - paths: of the RPCs there are.
    ///   - previous: whose counters go on.
    /// - Throws: INVALID_ARGUMENT with the line and the field.
    public init(file: String, paths: [String], previous: Callers? = nil) throws(Fault) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw .invalid("callersFile", "\(file) cannot be read")
        }
        guard data.count <= Self.maxFileBytes else {
            throw .invalid("callersFile", "\(file) is larger than \(Self.maxFileBytes) bytes")
        }
        try self.init(data: data, name: file, paths: paths, previous: previous)
    }

    init(data: Data, name: String, paths: [String], previous: Callers?) throws(Fault) {
        var counters: [String: CallerCounters] = [:]
        for caller in previous?.all ?? [] { counters[caller.name] = caller.counters }
        var callers: [Caller] = []
        var names: Set<String> = []
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(Fault) {
                let entry = try CallerEntry(line: Data(line))
                guard names.insert(entry.name).inserted else {
                    throw .invalid("name", "another line has the same")
                }
                guard callers.count < Self.maxCallers else {
                    throw .invalid("name", "there are more than \(Self.maxCallers) callers")
                }
                let caller = Caller(
                    entry, grants: try Self.grants(entry.rpcs, of: paths),
                    counters: counters[entry.name] ?? CallerCounters())
                try addKeys(of: entry, caller)
                callers.append(caller)
            } catch {
                throw .invalid("callersFile", "\(name) line \(index + 1): \(error.message)")
            }
        }
        all = callers
    }

    private mutating func addKeys(of entry: CallerEntry, _ caller: Caller) throws(Fault) {
        for hash in entry.tokenHashes {
            guard find(hash) == nil else {
                throw .invalid("tokens", "one of them is in the file already")
            }
            byToken[Self.key(hash), default: []].append((hash, caller))
        }
        for name in entry.certificateNames {
            guard byCertificateName.updateValue(caller, forKey: name) == nil else {
                throw .invalid("certificates", "\(name) is in the file already")
            }
        }
    }

    /// Which of `paths` the patterns mean.
    private static func grants(
        _ patterns: [String], of paths: [String]
    ) throws(Fault) -> Set<String> {
        var grants: Set<String> = []
        for pattern in patterns {
            let found = paths.filter { matches(pattern, $0) }
            guard !found.isEmpty else { throw .invalid("rpcs", "\(pattern): there is no such RPC") }
            grants.formUnion(found)
        }
        return grants
    }

    /// RPCs that no pattern means: who may use one is named with it. An audience is a list of people.
    private static let namedAlone: Set<String> = ["/rankwire.v1.AdService/SelectAudience"]

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        let full = pattern.contains(".") ? "/\(pattern)" : "/rankwire.v1.\(pattern)"
        if path == full { return true }
        if namedAlone.contains(path) { return false }
        return pattern == "*" || (full.hasSuffix("/*") && path.hasPrefix(full.dropLast()))
    }

    // MARK: Looking up

    /// - Parameter token: as it came, without `Bearer`.
    func caller(token: Span<UInt8>) -> Caller? {
        // Fails only when libcrypto is out of memory: then nobody is known.
        guard let hash = try? BearerToken.hash(token) else { return nil }
        return find(hash)
    }

    /// Alternative names come before the common name (RFC 6125, section 6.4.4).
    func caller(certificate: PeerCertificate) -> Caller? {
        for name in certificate.alternativeNames {
            if let caller = byCertificateName[name] { return caller }
        }
        return byCertificateName[certificate.commonName]
    }

    private func find(_ hash: [UInt8]) -> Caller? {
        byToken[Self.key(hash)]?.first {
            BearerToken.areEqual($0.hash, hash)
        }?.caller
    }

    private static func key(_ hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// The callers that count now, replaced as a whole.
public final class CallerDirectory: Sendable {
    private let snapshot: Snapshot<Callers>
    /// Moves on with each version: what was decided under an older one is decided anew.
    private let version = Atomic<Int>(0)
    let guesses: GuessLimiter
    let credentialsMissing = SharedCounter()
    let credentialsUnknown = SharedCounter()
    let tooManyAttempts = SharedCounter()

    /// Calls of nobody that is known.
    public var refused: [(reason: String, count: Int)] {
        [
            ("credentials_missing", credentialsMissing.value),
            ("credentials_unknown", credentialsUnknown.value),
            ("too_many_attempts", tooManyAttempts.value),
        ]
    }

    /// - Parameter onGuessing: hears, once each, of addresses that keep trying unknown credentials.
    public init(_ callers: Callers, onGuessing: @escaping @Sendable (String) -> Void) {
        snapshot = Snapshot(callers)
        guesses = GuessLimiter(onGuessing)
    }

    public var current: Callers { snapshot.load() }

    var generation: Int { version.load(ordering: .acquiring) }

    public func replace(_ callers: Callers) {
        snapshot.store(callers)
        version.wrappingAdd(1, ordering: .releasing)
    }
}
