/// Names and their codes, 0 up in order of first appearance: categories, brands and currencies are
/// compared as integers while ranking.
public struct NameDictionary: Sendable {
    private var names: [String] = []
    private var codes: [String: Int32] = [:]

    /// Repeated and empty names are left out.
    public init(_ source: some Sequence<String>) { for name in source { _ = add(name) } }

    public var count: Int { names.count }

    /// Nil for a name that is not here; so is the empty one.
    public func code(of name: String) -> Int32? { codes[name] }

    public func name(of code: Int32) -> String { names[Int(code)] }

    /// A code for each name, -1 for those that are not here.
    func column(of source: some Sequence<String>) -> [Int32] { source.map { codes[$0] ?? -1 } }

    /// The name's code, a new one if need be; -1 for the empty name.
    mutating func add(_ name: String) -> Int32 {
        if name.isEmpty { return -1 }
        if let code = codes[name] { return code }
        let code = Int32(names.count)
        codes[name] = code
        names.append(name)
        return code
    }
}
