/// Something a customer's sentence names.
public struct Entity: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case orderNumber = "order_number"
        case trackingNumber = "tracking_number"
        case amount
        case date
        case email
        /// A title of the catalogue; the value is its item's id.
        case product
    }

    public var kind: Kind
    /// As written; for a product the item's id, for an amount with a known currency "12.50 EUR".
    public var value: String
    /// In the text, in UTF-8 bytes.
    public var range: Range<Int>

    public init(kind: Kind, value: String, range: Range<Int>) {
        self.kind = kind
        self.value = value
        self.range = range
    }
}
