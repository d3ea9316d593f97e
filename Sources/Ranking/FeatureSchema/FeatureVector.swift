/// A number per feature, in the order of `FeatureSchema.features`: values or contributions. Lives
/// on the stack; scoring a candidate allocates nothing.
public struct FeatureVector: Sendable {
    public static let count = 6
    private var numbers: InlineArray<6, Float>

    public init(repeating number: Float) { numbers = InlineArray(repeating: number) }

    init(
        interestSimilarity: Float, nearestItemSimilarity: Float, categoryAffinity: Float,
        brandAffinity: Float, priceFit: Float, popularity: Float
    ) {
        numbers = [
            interestSimilarity, nearestItemSimilarity, categoryAffinity, brandAffinity, priceFit,
            popularity,
        ]
    }

    public subscript(index: Int) -> Float {
        get { numbers[index] }
        set { numbers[index] = newValue }
    }

    public var array: [Float] { (0..<Self.count).map { numbers[$0] } }
}
