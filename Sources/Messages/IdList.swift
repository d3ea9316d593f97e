/// Identifiers of a request, side by side in one piece of memory: most are only looked up, and those
/// are never made a String.
public struct IdList: Sendable, Equatable {
    /// Of all of them, one after the other.
    public private(set) var utf8: [UInt8] = []
    /// Of each in `utf8`.
    public private(set) var ends: [Int32] = []

    public init() {}

    public init(_ ids: [String]) {
        for id in ids {
            utf8.append(contentsOf: id.utf8)
            ends.append(Int32(utf8.count))
        }
    }

    /// Identifiers while they are put together.
    struct Builder {
        fileprivate let memory: UnsafeMutableRawBufferPointer
        fileprivate var ends: [Int32] = []
        fileprivate var count = 0

        /// - Precondition: there is room.
        mutating func append(_ id: UnsafeRawBufferPointer) {
            UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + id.count])
                .copyMemory(from: id)
            count += id.count
            ends.append(Int32(count))
        }
    }

    /// - Parameters:
    ///   - maxByteCount: of all together.
    ///   - fill: appends them.
    init(maxByteCount: Int, _ fill: (inout Builder) -> Void) {
        var ends: [Int32] = []
        utf8 = [UInt8](unsafeUninitializedCapacity: maxByteCount) { memory, count in
            var builder = Builder(memory: UnsafeMutableRawBufferPointer(memory))
            fill(&builder)
            count = builder.count
            ends = builder.ends
        }
        self.ends = ends
    }

    /// Where in `utf8` each lies.
    var extents: some Sequence<Range<Int>> { indices.lazy.map { extent(at: $0) } }

    /// The first that is not valid UTF-8. All are, when they are one after the other and none begins
    /// within a character.
    var firstInvalid: Int? {
        let areWhole = (try? UTF8Span(validating: utf8.span)) != nil
        let begins = indices.allSatisfy { index in
            let extent = extent(at: index)
            return extent.isEmpty || utf8[extent.lowerBound] & 0xC0 != 0x80
        }
        if areWhole, begins { return nil }
        return indices.first {
            (try? UTF8Span(validating: utf8.span.extracting(extent(at: $0)))) == nil
        }
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
