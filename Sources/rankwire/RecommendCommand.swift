import ArgumentParser
import Base
import Messages
import Ranking

struct RecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend", abstract: "Find items for a user and say why.",
        discussion: """
            Candidates are what is near the user's interests, chosen together with what the user dealt \
            with, bought before, and popular; the column 'from' says which brought an item. Somebody \
            nobody knows is recommended what is popular.
            """)

    @Argument(help: "A stored user's identifier.") var user: String?
    @Option(help: "Instead of a stored user: describe one in words.") var text: String?
    @OptionGroup var list: FoundListOptions
    @OptionGroup(title: "Rules") var rules: RuleOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard (user == nil) != (text == nil) else {
            throw ValidationError("Give either a user's identifier or --text \"WORDS\".")
        }
    }

    func run() async throws {
        try await reportingFaults(server) {
            var request = try list.request(rules)
            request.user = user.map { .stored($0) } ?? .inline(InlineUser(text: text ?? ""))
            try FoundItemsOutput(try await ask(request, .recommend, server)).show(json: server.json)
        }
    }
}

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find items by words, for a user or for nobody.",
        discussion: """
            Items are found by what their texts mean and by the words they have: brands, sizes such as \
            '12 oz'. With --user, tastes count beside the words.
            """)

    @Argument(help: "What is looked for.") var query: String
    @Option(help: "A stored user's identifier.") var user: String?
    @OptionGroup var list: FoundListOptions
    @OptionGroup(title: "Rules") var rules: RuleOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            var request = try list.request(rules)
            request.user = user.map { .stored($0) }
            request.query = query
            try FoundItemsOutput(try await ask(request, .search, server)).show(json: server.json)
        }
    }
}

private func ask(
    _ request: FindItemsRequest, _ kind: FindItemsKind, _ server: ServerOptions
) async throws -> FindItemsResponse {
    let method = kind == .recommend ? "Recommend" : "SearchItems"
    return try await Question(server).ask(
        "/rankwire.v1.ScoringService/\(method)", encode: { $0.encodeFindItemsRequest(request) },
        decode: { codec, bytes throws(Fault) in try codec.decodeFindItemsResponse(bytes) })
}
