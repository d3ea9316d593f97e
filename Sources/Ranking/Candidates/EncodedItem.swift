public import Inference
public import Store

/// A candidate described in the request, its text already encoded: what features read of it.
public struct EncodedItem: Sendable {
    public let category: String
    public let brand: String
    /// Natural logarithm of the unit price in units of the currency; NaN when unknown.
    public let logPrice: Float
    /// nil when the item has no text.
    public let vector: Int8Vector?

    public init(_ item: Item, vector: Int8Vector?) {
        category = item.category
        brand = item.brand
        logPrice = item.price?.naturalLogarithm ?? .nan
        self.vector = vector
    }
}
