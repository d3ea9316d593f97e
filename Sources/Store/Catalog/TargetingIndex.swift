// The rules of all ads turned round: for each value, the ads that name it. A request then looks at its
// own few values, and one pass over words decides a thousand ads at a time. Kept up to date row by
// row as ads change.

/// Which ads the rules exclude.
public struct TargetingIndex: Sendable {
    /// What rules of one field, or of one attribute, say.
    struct Dimension: Sendable {
        let field: TargetingField
        let attribute: String
        /// Ads with a rule that includes.
        var constrained = SparseRowSet()
        var including: [String: SparseRowSet] = [:]
        var excluding: [String: SparseRowSet] = [:]
    }

    private struct Key: Hashable {
        let field: TargetingField
        let attribute: String
    }

    private(set) var dimensions: [Dimension] = []
    private var positions: [Key: Int] = [:]

    public init() {}

    /// Whether a rule looks at the field; what no rule reads need not be found out.
    public func reads(_ field: TargetingField) -> Bool {
        dimensions.contains { $0.field == field && $0.isInUse }
    }

    /// The ads that a field's rules exclude.
    public struct Exclusion: Sendable {
        public let isOfUser: Bool
        public let field: TargetingField
        /// A bit a row.
        let bits: [UInt64]

        public func contains(_ row: Int) -> Bool {
            bits[row >> 6] >> UInt64(row & 63) & 1 == 1
        }

        /// A bit a row, of those that any excludes.
        public static func union(_ exclusions: [Exclusion], rowCount: Int) -> [UInt64] {
            var bits = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
            for exclusion in exclusions {
                for word in bits.indices { bits[word] |= exclusion.bits[word] }
            }
            return bits
        }
    }

    /// What the rules exclude, a field or attribute each; those that exclude nothing are left out.
    /// - Parameters:
    ///   - rowCount: of the table.
    ///   - values: of a field and, for attributes, a name in lower case: all in lower case, none where
    ///     it is not known.
    public func exclusions(
        rowCount: Int, values: (TargetingField, String) -> [String]
    ) -> [Exclusion] {
        var found: [Exclusion] = []
        for dimension in dimensions where dimension.isInUse {
            let values = values(dimension.field, dimension.attribute)
            var bits = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
            dimension.constrained.add(to: &bits)
            for value in values { dimension.including[value]?.subtract(from: &bits) }
            for value in values { dimension.excluding[value]?.add(to: &bits) }
            if bits.contains(where: { $0 != 0 }) {
                found.append(
                    Exclusion(
                        isOfUser: dimension.field.isOfUser, field: dimension.field, bits: bits))
            }
        }
        return found
    }

    // MARK: Changes

    mutating func insert(_ rules: [TargetingRule], row: Int) {
        for rule in rules {
            let key = Key(field: rule.field, attribute: rule.attribute)
            let position = positions[key] ?? dimensions.count
            if position == dimensions.count {
                positions[key] = position
                dimensions.append(Dimension(field: rule.field, attribute: rule.attribute))
            }
            dimensions[position].insert(rule, row)
        }
    }

    mutating func remove(_ rules: [TargetingRule], row: Int) {
        for rule in rules {
            let key = Key(field: rule.field, attribute: rule.attribute)
            if let position = positions[key] { dimensions[position].remove(rule, row) }
        }
    }
}

extension TargetingIndex.Dimension {
    fileprivate var isInUse: Bool { constrained.count > 0 || !excluding.isEmpty }

    fileprivate mutating func insert(_ rule: TargetingRule, _ row: Int) {
        if !rule.excludes { constrained.insert(row) }
        for value in rule.values {
            if rule.excludes {
                excluding[value, default: SparseRowSet()].insert(row)
            } else {
                including[value, default: SparseRowSet()].insert(row)
            }
        }
    }

    fileprivate mutating func remove(_ rule: TargetingRule, _ row: Int) {
        if !rule.excludes { constrained.remove(row) }
        for value in rule.values {
            if rule.excludes {
                excluding[value]?.remove(row)
                if excluding[value]?.count == 0 { excluding[value] = nil }
            } else {
                including[value]?.remove(row)
                if including[value]?.count == 0 { including[value] = nil }
            }
        }
    }
}
