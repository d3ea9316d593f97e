/// What a customer's sentence may ask for: example sentences, and the template of the answer.
public struct IntentDefinition: Sendable, Equatable, Codable {
    public var name: String
    public var examples: [String]
    public var answer: String

    public init(name: String, examples: [String], answer: String) {
        self.name = name
        self.examples = examples
        self.answer = answer
    }
}
