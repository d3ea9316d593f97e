// The numbers of a head's file, little-endian. Reading believes nothing: nil where the file ends early or a
// number cannot be.

struct HeadWriter {
    var bytes: [UInt8] = []

    mutating func append(_ values: [Float]) {
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { append(value.bitPattern) }
    }

    mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: type(of: value).bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(_ statistics: ItemStatistics) {
        for id in statistics.itemIds {
            append(UInt32(id.utf8.count))
            bytes += Array(id.utf8)
        }
        for columns in statistics.columns { append(columns.numbers) }
        for neighbour in statistics.neighbours { append(neighbour) }
        append(statistics.similarities)
    }
}

struct HeadReader {
    let bytes: [UInt8]
    var position: Int
    let end: Int

    var remaining: Int { end - position }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func uint64() -> UInt64? {
        take(8)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func integers(_ count: Int) -> [UInt32]? {
        guard count >= 0, count <= remaining / 4, let raw = take(4 * count) else { return nil }
        let start = raw.startIndex
        return (0..<count).map { index in
            let first = start + 4 * index
            return UInt32(bytes[first]) | UInt32(bytes[first + 1]) << 8
                | UInt32(bytes[first + 2]) << 16 | UInt32(bytes[first + 3]) << 24
        }
    }

    /// Nil for one that is not finite, too.
    mutating func floats(_ count: Int) -> [Float]? {
        guard let numbers = integers(count)?.map({ Float(bitPattern: $0) }),
            numbers.allSatisfy(\.isFinite)
        else { return nil }
        return numbers
    }

    mutating func statistics(_ header: RankingHeadFile.Header) -> ItemStatistics? {
        let count = header.itemCount
        guard count >= 0, count <= remaining / 4 else { return nil }
        var ids: [String] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            guard let length = integers(1), let text = take(Int(length[0])),
                let id = String(validating: text, as: UTF8.self)
            else { return nil }
            ids.append(id)
        }
        let width = ItemStatistics.neighbourCount
        guard let columns = floats(ItemStatistics.Columns.numberCount * count),
            let neighbours = integers(width * count)?.map({ Int32(bitPattern: $0) }),
            neighbours.allSatisfy({ (-1..<Int32(count)).contains($0) }),
            let similarities = floats(width * count),
            similarities.allSatisfy({ (0...1).contains($0) }),
            header.attributeLifts.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) })
        else { return nil }
        return ItemStatistics(
            asOfUnixNanoseconds: header.statisticsUnixNanoseconds, itemIds: ids,
            columns: (0..<count).map { ItemStatistics.Columns(numbers: columns, at: $0) },
            neighbours: neighbours, similarities: similarities,
            attributeLifts: header.attributeLifts)
    }
}

extension ItemStatistics.Columns {
    static let numberCount = 5

    var numbers: [Float] { [recentPopularity, trend, repeatRate, logAgeDays, logIdleDays] }

    init(numbers: [Float], at index: Int) {
        let start = index * Self.numberCount
        self.init(
            recentPopularity: numbers[start], trend: numbers[start + 1],
            repeatRate: numbers[start + 2], logAgeDays: numbers[start + 3],
            logIdleDays: numbers[start + 4])
    }
}

extension PerceptronHead.Weights {
    /// In the order of the file.
    var parts: [[Float]] {
        [
            means, scales, features, user, item, product, biases, second, secondBiases, output,
            [outputBias],
        ]
    }

    init(parts: [[Float]]) {
        self.init(
            means: parts[0], scales: parts[1], features: parts[2], user: parts[3], item: parts[4],
            product: parts[5], biases: parts[6], second: parts[7], secondBiases: parts[8],
            output: parts[9], outputBias: parts[10][0])
    }

    static func counts(dimension: Int) -> [Int] {
        let (features, units) = (FeatureVector.count, PerceptronHead.unitCount)
        let second = PerceptronHead.secondUnitCount
        let width = units * dimension
        return [
            features, features, features * units, width, width, width, units, units * second,
            second, second, 1,
        ]
    }
}
