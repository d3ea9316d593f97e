/// Identifiers of a request, side by side in one piece of memory: most are only looked up, and those
/// are never made a String.
public struct IdList: Sendable, Equatable {
    /// Of all of them, one after the other.
    public private(set) var utf8: [UInt8] = []
    private var ends: [Int32] = []

    public init() {}

    public init(_ ids: [String]) {
        for id in ids {
            utf8.append(contentsOf: id.utf8)
            ends.append(Int32(utf8.count))
        }
    }

    mutating func reserve(_ count: Int, byteCount: Int) {
        utf8.reserveCapacity(byteCount)
        ends.reserveCapacity(count)
    }

    mutating func append(_ id: UnsafeBufferPointer<UInt8>) {
        utf8.append(contentsOf: id)
        ends.append(Int32(utf8.count))
    }

    /// Where in `utf8` an identifier lies.
    public func extent(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }
}

extension IdList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { ends.count }

    public subscript(index: Int) -> String {
        String(decoding: utf8[extent(at: index)], as: UTF8.self)
    }
}

extension IdList: ExpressibleByArrayLiteral {
    public init(arrayLiteral ids: String...) { self.init(ids) }
}
