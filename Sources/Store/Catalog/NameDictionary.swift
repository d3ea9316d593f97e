/// Names and their codes, 0 up in order of first appearance: categories, brands and currencies are
/// compared as integers while ranking. Immutable.
public final class NameDictionary: Sendable {
    private let names: [String]
    private let codes: [String: Int32]

    /// Repeated and empty names are left out.
    public init(_ source: some Sequence<String>) {
        var names: [String] = []
        var codes: [String: Int32] = [:]
        for name in source where !name.isEmpty && codes[name] == nil {
            codes[name] = Int32(names.count)
            names.append(name)
        }
        self.names = names
        self.codes = codes
    }

    public var count: Int { names.count }

    /// Nil for a name that is not here; so is the empty one.
    public func code(of name: String) -> Int32? { codes[name] }

    public func name(of code: Int32) -> String { names[Int(code)] }

    /// A code for each name, -1 for those that are not here.
    func column(of source: some Sequence<String>) -> [Int32] { source.map { codes[$0] ?? -1 } }
}
