/// What a request asks to rank, in its order: items of the catalogue, then inline ones. A candidate
/// that could not be found or read is not in here; `index` says where the others stood.
public struct CandidateList: Sendable {
    /// A row of the table, or `~position` into `inline` where negative.
    public private(set) var rows: [Int32] = []
    /// The candidate's place in the request.
    public private(set) var requestIndexes: [Int32] = []
    public private(set) var inline: [EncodedItem] = []

    public init() {}

    public var count: Int { rows.count }

    public mutating func reserve(_ count: Int) {
        rows.reserveCapacity(count)
        requestIndexes.reserveCapacity(count)
    }

    /// - Precondition: candidates come in the order of the request: ties are decided by it.
    public mutating func append(row: Int, requestIndex: Int) {
        precondition(requestIndex > last, "candidates come in the order of the request")
        rows.append(Int32(row))
        requestIndexes.append(Int32(requestIndex))
    }

    /// - Precondition: as above.
    public mutating func append(_ item: EncodedItem, requestIndex: Int) {
        precondition(requestIndex > last, "candidates come in the order of the request")
        rows.append(~Int32(inline.count))
        requestIndexes.append(Int32(requestIndex))
        inline.append(item)
    }

    private var last: Int { requestIndexes.last.map(Int.init) ?? -1 }
}
