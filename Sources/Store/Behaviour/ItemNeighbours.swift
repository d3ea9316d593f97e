/// For each item that users chose, the items they chose together with it, the most alike first. Items
/// have numbers of their own, as the catalogue's rows come and go. Immutable, any thread.
public final class ItemNeighbours: Sendable {
    public struct Neighbour: Sendable, Equatable {
        /// The other item's number.
        public var number: Int32
        /// Cosine of the two items' sessions, shrunk where few have both: above 0, at most 1.
        public var similarity: Float

        public init(number: Int32, similarity: Float) {
            self.number = number
            self.similarity = similarity
        }
    }

    /// Neighbours of one item.
    public static let maxNeighbours = 32
    /// Sessions with both items below which they are no neighbours: a single one says little, and
    /// would tell of somebody.
    static let minTogether = 2
    /// Sessions with both at which a cosine counts half (shrinkage as in Bell & Koren 2007).
    static let shrinkage: Float = 4

    /// By number.
    public let ids: [String]
    /// Sessions that have the item, by number.
    public let sessionCounts: [Int32]
    /// Where in `all` an item's neighbours end.
    let ends: [Int32]
    let all: [Neighbour]
    private let index: IdIndex

    /// - Precondition: ids are distinct; one count and one end an id.
    init(ids: [String], sessionCounts: [Int32], ends: [Int32], all: [Neighbour]) {
        precondition(
            sessionCounts.count == ids.count && ends.count == ids.count
                && ends.last.map(Int.init) ?? 0 == all.count, "columns differ")
        self.ids = ids
        self.sessionCounts = sessionCounts
        self.ends = ends
        self.all = all
        index = IdIndex(ids)
    }

    public static let empty = ItemNeighbours(ids: [], sessionCounts: [], ends: [], all: [])

    /// Of the items that were chosen.
    public var count: Int { ids.count }

    /// Nil for an item that nobody chose.
    public func number(of itemId: String) -> Int? { index.row(of: itemId) }

    /// At most `maxNeighbours`, the most alike first.
    public func neighbours(of number: Int) -> ArraySlice<Neighbour> {
        all[(number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])]
    }

    /// For each item its row in a table; -1 where the table has it not.
    public func rows(in table: ItemTable) -> [Int32] {
        ids.map { table.row(of: $0).map { Int32($0) } ?? -1 }
    }
}
