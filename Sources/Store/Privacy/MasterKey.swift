public import Base

/// What wraps the keys of a store: who has the store's files but not this can read nothing of anyone.
struct MasterKey: Sendable, Equatable {
    static let byteCount = 32

    let bytes: [UInt8]

    /// 64 hexadecimal digits, and a line feed or none; nil for anything else.
    static func parse(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let digits = text.last == 0x0A ? text.dropLast() : text
        guard digits.count == 2 * byteCount else { return nil }
        return Hexadecimal.bytes(digits)
    }
}

/// Where a store's master key comes from.
public enum MasterKeySource: Sendable, Equatable {
    /// The file `STORE.key`, made when the store is.
    case besideStore
    case file(String)
    /// 64 hexadecimal digits.
    case text(String)

    public static let variable = "RANKWIRE_MASTER_KEY"
    public static let fileVariable = "RANKWIRE_MASTER_KEY_FILE"

    /// A flag's file, else the environment's key or file, else the file beside the store.
    public init(file: String?, environment: [String: String]) throws(Fault) {
        let text = environment[Self.variable] ?? ""
        let found = file ?? environment[Self.fileVariable] ?? ""
        guard text.isEmpty || found.isEmpty else {
            throw Fault.invalid(
                "masterKeyFile", "\(Self.variable) is set as well: give the master key one way")
        }
        if !text.isEmpty {
            self = .text(text)
        } else {
            self = found.isEmpty ? .besideStore : .file(found)
        }
    }

    /// Where the key of a store at `storePath` lies unless another is named.
    public static func path(besideStore storePath: String) -> String { storePath + ".key" }

    /// A rotation's next key, until it has the first one's name.
    static func nextPath(besideStore storePath: String) -> String {
        path(besideStore: storePath) + ".next"
    }

    /// - Parameter creates: whether to make the key beside the store where there is none.
    func load(storePath: String, creates: Bool) throws(Fault) -> MasterKey {
        switch self {
        case .besideStore:
            let path = Self.path(besideStore: storePath)
            if creates, !KeyFile.exists(path) { try KeyFile.create(path) }
            return MasterKey(bytes: try KeyFile.load(path))
        case .file(let path): return MasterKey(bytes: try KeyFile.load(path))
        case .text(let text):
            guard let bytes = MasterKey.parse(Array(text.utf8)[...]) else {
                throw Fault(
                    .failedPrecondition, reason: "BAD_MASTER_KEY",
                    "\(Self.variable) is not \(2 * MasterKey.byteCount) hexadecimal digits")
            }
            return MasterKey(bytes: bytes)
        }
    }
}
