internal import Ranking

extension ShapeHead {
    /// The same function, told apart otherwise: a feature at its missing value contributes nothing, and
    /// a pair nothing where either is missing. The bias is then the logit of somebody and something
    /// nothing is known of, and a contribution what knowing the value changes.
    var anchored: ShapeHead {
        var bias = bias
        var shapes = shapes
        var pairs = pairs
        for index in pairs.indices { Self.anchor(&pairs[index], &shapes, &bias) }
        for index in shapes.indices {
            let axis = shapes[index].axis
            let rest = Self.value(
                shapes[index].values,
                at: axis.position(
                    FeatureSchema.features[axis.feature].missing, knotCount: Self.knotCount))
            bias += rest
            for knot in shapes[index].values.indices { shapes[index].values[knot] -= rest }
        }
        return ShapeHead(bias: bias, shapes: shapes, pairs: pairs)
    }

    /// Moves what a surface says at the missing values to the shapes: their knots lie among its own.
    private static func anchor(_ pair: inout Pair, _ shapes: inout [Shape], _ bias: inout Float) {
        let count = pairKnotCount
        func missing(_ axis: Axis) -> Float {
            axis.position(FeatureSchema.features[axis.feature].missing, knotCount: count)
        }
        let (x, y) = (missing(pair.first), missing(pair.second))
        let rows = (0..<count).map { Array(pair.values[$0 * count..<($0 + 1) * count]) }
        // Along the first axis where the second is missing, and the other way round.
        let alongFirst = rows.map { value($0, at: y) }
        let alongSecond = (0..<count).map { j in value(rows.map { $0[j] }, at: x) }
        let corner = value(alongFirst, at: x)
        for i in 0..<count {
            for j in 0..<count {
                pair.values[i * count + j] += corner - alongFirst[i] - alongSecond[j]
            }
        }
        add(alongFirst, to: pair.first.feature, of: &shapes)
        add(alongSecond, to: pair.second.feature, of: &shapes)
        bias -= corner
    }

    private static func add(_ slice: [Float], to feature: Int, of shapes: inout [Shape]) {
        guard let index = shapes.firstIndex(where: { $0.axis.feature == feature }) else { return }
        let ratio = Float(pairKnotCount - 1) / Float(knotCount - 1)
        for knot in 0..<knotCount {
            shapes[index].values[knot] += value(slice, at: Float(knot) * ratio)
        }
    }

    /// Straight between knots.
    private static func value(_ knots: [Float], at position: Float) -> Float {
        let knot = min(Int(position), knots.count - 2)
        return knots[knot] + (position - Float(knot)) * (knots[knot + 1] - knots[knot])
    }

    /// Of a * logit + b.
    func scaled(by a: Float, plus b: Float) -> ShapeHead {
        ShapeHead(
            bias: a * bias + b,
            shapes: shapes.map { Shape(axis: $0.axis, values: $0.values.map { a * $0 }) },
            pairs: pairs.map {
                Pair(first: $0.first, second: $0.second, values: $0.values.map { a * $0 })
            })
    }
}
