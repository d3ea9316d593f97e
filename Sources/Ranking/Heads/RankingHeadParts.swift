// The parts of a ranking head's file, as its header counts them.

internal import Inference

extension HeadWriter {
    mutating func append(_ statistics: ItemStatistics) {
        for id in statistics.itemIds {
            append(UInt32(id.utf8.count))
            bytes += Array(id.utf8)
        }
        for columns in statistics.columns { append(columns.numbers) }
        for neighbour in statistics.neighbours { append(neighbour) }
        append(statistics.similarities)
        for taste in statistics.tastes { append((0..<ItemStatistics.tasteCount).map { taste[$0] }) }
    }
}

extension HeadReader {
    /// Nil where counts or numbers cannot be.
    mutating func statistics(
        _ header: RankingHeadFile.Header
    ) throws(HeadDamage) -> ItemStatistics? {
        let count = header.itemCount
        guard count >= 0, count <= remaining / 4 else { return nil }
        var ids: [String] = []
        ids.reserveCapacity(count)
        for _ in 0..<count {
            let text = try take(Int(integers(1)[0]))
            guard let id = String(validating: text, as: UTF8.self) else { return nil }
            ids.append(id)
        }
        let width = ItemStatistics.neighbourCount
        let columns = try floats(ItemStatistics.Columns.numberCount * count)
        let neighbours = try integers(width * count).map { Int32(bitPattern: $0) }
        let similarities = try floats(width * count)
        let tasteCount = ItemStatistics.tasteCount
        let tastes = try floats(tasteCount * count)
        guard neighbours.allSatisfy({ (-1..<Int32(count)).contains($0) }),
            similarities.allSatisfy({ (0...1).contains($0) }), tastes.allSatisfy(\.isFinite),
            header.attributeLifts.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) })
        else { return nil }
        return ItemStatistics(
            asOfUnixNanoseconds: header.statisticsUnixNanoseconds, itemIds: ids,
            columns: (0..<count).map { ItemStatistics.Columns(numbers: columns, at: $0) },
            neighbours: neighbours, similarities: similarities,
            tastes: (0..<count).map {
                SIMD32(tastes[$0 * tasteCount..<($0 + 1) * tasteCount])
            },
            attributeLifts: header.attributeLifts)
    }
}

extension ItemStatistics.Columns {
    static let numberCount = 7

    var numbers: [Float] {
        [recentPopularity, trend, repeatRate, logAgeDays, logIdleDays, newcomers, categoryShare]
    }

    init(numbers: [Float], at index: Int) {
        let start = index * Self.numberCount
        self.init(
            recentPopularity: numbers[start], trend: numbers[start + 1],
            repeatRate: numbers[start + 2], logAgeDays: numbers[start + 3],
            logIdleDays: numbers[start + 4], newcomers: numbers[start + 5],
            categoryShare: numbers[start + 6])
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
