import ArgumentParser
import Base
import Foundation
import Store

struct CallerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caller", abstract: "Make what the server's file of callers needs.",
        subcommands: [HashTokenCommand.self])
}

struct HashTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-token",
        abstract: "Make a bearer token, and the hash of it that the file of callers holds.",
        discussion: """
            The token is printed once and stored nowhere: give it to the caller. The hash goes into \
            "tokens" of the caller's line. With --token-file only the hash of that token is printed.
            """)

    @Option(help: "Hash the token in this file instead of making one.")
    var tokenFile: String?

    func run() throws {
        do throws(Fault) {
            let token: String
            if let tokenFile {
                token = try SecurityOptions.readToken(tokenFile)
            } else {
                token = try BearerToken.make()
                print("token  \(token)")
            }
            let hash = try BearerToken.hash(Array(token.utf8).span)
            print("hash   sha256:" + hash.map { String(format: "%02x", $0) }.joined())
        } catch {
            FileHandle.standardError.write(Data("rankwire: \(error.message)\n".utf8))
            throw error.exitCode
        }
    }
}
