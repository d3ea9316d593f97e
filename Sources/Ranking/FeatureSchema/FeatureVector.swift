/// A number per feature, in the order of `FeatureSchema.features`: values or contributions. Lives
/// on the stack; scoring a candidate allocates nothing.
public struct FeatureVector: Sendable, Equatable {
    public static let count = 34
    private var numbers: InlineArray<34, Float>

    public init(repeating number: Float) { numbers = InlineArray(repeating: number) }

    /// What is known of nobody and nothing.
    static let missing: FeatureVector = {
        var vector = FeatureVector(repeating: 0)
        for (index, feature) in FeatureSchema.features.enumerated() {
            vector[index] = feature.missing
        }
        return vector
    }()

    public static func == (left: FeatureVector, right: FeatureVector) -> Bool {
        left.array == right.array
    }

    public subscript(index: Int) -> Float {
        get { numbers[index] }
        set { numbers[index] = newValue }
    }

    /// In four lanes, which do not wait for one another.
    var sum: Float {
        var lanes = SIMD4<Float>.zero
        var index = 0
        while index + 4 <= Self.count {
            lanes += SIMD4(
                numbers[index], numbers[index + 1], numbers[index + 2], numbers[index + 3])
            index += 4
        }
        var sum = lanes.sum()
        while index < Self.count {
            sum += numbers[index]
            index += 1
        }
        return sum
    }

    public var array: [Float] { (0..<Self.count).map { numbers[$0] } }
}
