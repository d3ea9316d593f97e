/// A thing to rank, as callers describe it. `id` is 1 to `Limits.maxIdBytes` bytes.
public struct Item: Sendable, Equatable, Codable {
    public var id: String
    public var title: String
    public var description: String
    /// Levels separated by " > ", the broadest first.
    public var category: String
    public var brand: String
    public var price: Money?
    public var attributes: [String: String]

    public init(
        id: String, title: String = "", description: String = "", category: String = "",
        brand: String = "", price: Money? = nil, attributes: [String: String] = [:]
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.category = category
        self.brand = brand
        self.price = price
        self.attributes = attributes
    }

    /// What the encoder reads: title, description and category. Items with the same one share a
    /// vector. The brand is left out: it is often an opaque number, and a feature of its own.
    public var encoderText: String {
        [title, description, category.replacing(" > ", with: " ")]
            .filter { !$0.isEmpty }.joined(separator: ". ")
    }
}

/// Millionths of a currency's unit with its ISO 4217 code.
public struct Money: Sendable, Equatable, Hashable, Codable {
    public var micros: Int64
    public var currencyCode: String

    public init(micros: Int64, currencyCode: String) {
        self.micros = micros
        self.currencyCode = currencyCode
    }
}
