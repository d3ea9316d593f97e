import ArgumentParser

@main
struct Rankwire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankwire",
        abstract: "Ranks products, ads and answers for a person, and says why.",
        subcommands: [ImportCommand.self])
}
