import ArgumentParser
import Base

/// Where the server is and how its answer is printed: the same flags for every question.
struct ServerOptions: ParsableArguments {
    @Option(help: "The server: HOST:PORT or unix:PATH.")
    var server = "127.0.0.1:7420"

    @Option(help: "Give up after this many milliseconds.")
    var timeoutMs = 10_000

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @OptionGroup(title: "Security Options") var security: SecurityOptions

    func validate() throws {
        guard (1...3_600_000).contains(timeoutMs) else {
            throw ValidationError("--timeout-ms must be 1 to 3600000.")
        }
    }
}

/// Who is asked about.
struct UserOptions: ParsableArguments {
    @Option(help: "A stored user's identifier.")
    var user: String?

    @Option(help: "Instead of a stored user: describe one in words.")
    var text: String?

    func validate() throws {
        guard (user == nil) != (text == nil) else {
            throw ValidationError("Give either --user ID or --text \"WORDS\".")
        }
    }
}
