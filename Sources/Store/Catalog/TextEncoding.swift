/// What makes vectors of texts: the encoder behind its tokenizer. The store knows no more of it.
public protocol TextEncoding {
    /// Names weights and vocabulary; vectors of two versions are never compared.
    var bundleVersion: String { get }
    /// Values of a vector.
    var dimension: Int { get }

    /// One vector of unit length per text, in their order.
    /// - Parameter progress: called now and then with the number of texts that are done.
    func encode(_ texts: [String], progress: (Int) -> Void) throws -> [[Float]]
}
