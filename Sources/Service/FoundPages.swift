// What was found stays for a while, so that the next page goes on where the last one ended: in the same
// order, whatever the user did meanwhile. What the catalogue has lost since is left out when a page is
// made. Bounded in bytes and in time; what is gone is asked for anew.

internal import Base
internal import Messages
internal import RPC
internal import Ranking
internal import Store
private import Synchronization

/// Lists of found items by token. Any thread.
public final class FoundPages: Sendable {
    struct Row: Sendable {
        var itemId: String
        var logit: Float
        var probability: Float
        var sources: CandidateSources
    }

    struct Found: Sendable {
        var kind: FindItemsKind
        /// Who asked; nil on a server without callers.
        var caller: String?
        /// Whom it is about; nil for nobody stored.
        var pseudonym: Pseudonym?
        /// Best first.
        var rows: [Row]
        /// The reply without its rows, with the explanation of all that are explained.
        var template: FindItemsResponse

        /// About what it takes in memory.
        var byteCount: Int {
            let explained = template.explanation.map {
                $0.values.count + $0.contributions.count + 16 * $0.reasons.count
            }
            return 256 + rows.reduce(0) { $0 + 64 + $1.itemId.utf8.count } + 4 * (explained ?? 0)
        }
    }

    private struct Kept {
        var found: Found
        var expiry: MonotonicTime
        var byteCount: Int
    }

    private struct State {
        var kept: [String: Kept] = [:]
        /// Oldest first; perhaps with some that are gone.
        var order: [String] = []
        var byteCount = 0
    }

    static let lifetimeNanoseconds: UInt64 = 300_000_000_000
    private static let keyCharacters = 32

    private let maxBytes: Int
    private let state = Mutex(State())

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// Keeps a list; the token's first part, for `token(_:continuingAt:)`. Nothing for one that is larger
    /// than all may be.
    func keep(_ found: Found, now: MonotonicTime) -> String {
        let byteCount = found.byteCount
        guard byteCount <= maxBytes else { return "" }
        var random = SystemRandomNumberGenerator()
        let key = [random.next(), random.next()].map { (word: UInt64) in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        state.withLock { state in
            state.kept[key] = Kept(
                found: found, expiry: now.advanced(byNanoseconds: Self.lifetimeNanoseconds),
                byteCount: byteCount)
            state.order.append(key)
            state.byteCount += byteCount
            Self.trim(&state, to: maxBytes, now: now)
        }
        return key
    }

    /// The list of a token and where its page begins; nil for a token of another call, of another caller,
    /// or of what is gone.
    func read(
        _ token: String, _ kind: FindItemsKind, caller: String?, now: MonotonicTime
    ) -> (found: Found, offset: Int)? {
        let parts = token.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let offset = Int(parts[1]), offset > 0 else { return nil }
        let kept = state.withLock { state in
            Self.trim(&state, to: maxBytes, now: now)
            return state.kept[String(parts[0])]
        }
        guard let found = kept?.found, found.kind == kind, found.caller == caller,
            offset < found.rows.count
        else { return nil }
        return (found, offset)
    }

    /// - Parameter token: what `keep` gave, or the token of the page before; empty for none.
    static func token(_ token: String, continuingAt offset: Int) -> String {
        token.isEmpty ? "" : "\(token.prefix(keyCharacters))-\(offset)"
    }

    /// Drops what was found for a user.
    func forget(_ pseudonym: Pseudonym) {
        state.withLock { state in
            for (key, kept) in state.kept where kept.found.pseudonym == pseudonym {
                state.byteCount -= kept.byteCount
                state.kept[key] = nil
            }
        }
    }

    private static func trim(_ state: inout State, to maxBytes: Int, now: MonotonicTime) {
        var gone = 0
        while gone < state.order.count {
            let key = state.order[gone]
            if let kept = state.kept[key] {
                guard kept.expiry <= now || state.byteCount > maxBytes else { break }
                state.byteCount -= kept.byteCount
                state.kept[key] = nil
            }
            gone += 1
        }
        state.order.removeFirst(gone)
    }
}

extension FoundPages.Found {
    /// Of the rows of a page; nil where none of them is explained.
    /// - Parameter ranks: rising.
    func explanation(of ranks: [Int]) -> Explanation? {
        guard let whole = template.explanation else { return nil }
        let explained = ranks.prefix { $0 <= whole.rowCount }
        guard !explained.isEmpty else { return nil }
        let count = whole.featureNames.count
        func rows(_ numbers: [Float]) -> [Float] {
            explained.flatMap { numbers[($0 - 1) * count..<$0 * count] }
        }
        var explanation = Explanation(
            featureNames: whole.featureNames, bias: whole.bias, values: rows(whole.values),
            contributions: rows(whole.contributions), rowCount: explained.count)
        explanation.leftOut = whole.leftOut
        if whole.reasons.count == whole.rowCount {
            explanation.reasons = explained.map { whole.reasons[$0 - 1] }
        }
        return explanation
    }
}
