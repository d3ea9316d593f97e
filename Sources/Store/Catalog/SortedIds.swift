/// Tables whose rows lie in the order of their identifiers' bytes.
enum SortedIds {
    /// The row that has the identifier, or would.
    static func position(of id: String, count: Int, _ idOfRow: (Int) -> String) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if idOfRow(middle).utf8.lexicographicallyPrecedes(id.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
