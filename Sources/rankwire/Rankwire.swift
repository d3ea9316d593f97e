import ArgumentParser

@main
struct Rankwire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankwire",
        abstract: "Ranks products, ads and answers for a person, and says why.",
        version: "0.1.0",
        subcommands: [
            ScoreCommand.self, RecommendCommand.self, SearchCommand.self, AdCommand.self,
            AudienceCommand.self, IntentCommand.self, ProfileCommand.self, ReportCommand.self,
            SegmentsCommand.self, NeighboursCommand.self, CatalogCommand.self,
            StatusCommand.self,
            ImportCommand.self, StoreCommand.self, ModelCommand.self, CallerCommand.self,
            TrainCommand.self, EvaluateCommand.self, IntentsCommand.self,
        ])
}
