import ArgumentParser

/// One subcommand a file; each prints a hash of its result, so that a change of bits is seen.
@main
struct RankwireBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankwire-bench", abstract: "Measures the parts of Rankwire.",
        subcommands: [
            EncoderBenchmark.self, PeakBenchmark.self, TokenizerBenchmark.self,
            LoadBenchmark.self, RPCBenchmark.self, EchoServerCommand.self,
            CatalogBenchmark.self, InteropServerCommand.self, ProfileBenchmark.self,
            AdBenchmark.self, RankingBenchmark.self, ScanBenchmark.self,
        ])
}
