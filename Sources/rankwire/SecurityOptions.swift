import ArgumentParser
import Base
import Foundation
import RPC

/// How the server proves itself to the tool, and the tool to the server.
struct SecurityOptions: ParsableArguments {
    @Flag(help: "Use TLS; the server must prove its name.")
    var tls = false

    @Option(help: "PEM file of authorities to trust; else the system's.")
    var caFile: String?

    @Option(help: "PEM file of a certificate to show to the server.")
    var certificateFile: String?

    @Option(help: "PEM file of that certificate's key.")
    var keyFile: String?

    @Option(help: "The name the server must prove, where it is not the address's.")
    var serverName: String?

    @Option(help: "File with the bearer token to call with.")
    var tokenFile: String?

    func validate() throws {
        let needTLS = [
            ("--ca-file", caFile), ("--certificate-file", certificateFile),
            ("--key-file", keyFile), ("--server-name", serverName),
        ]
        for (name, value) in needTLS where value != nil && !tls {
            throw ValidationError("\(name) means something with --tls only.")
        }
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw ValidationError("Give --certificate-file and --key-file together.")
        }
    }

    func configuration() throws(Fault) -> ClientConfiguration {
        var configuration = ClientConfiguration()
        guard tls else { return configuration }
        var files = TLSFiles()
        files.certificateFile = certificateFile ?? ""
        files.keyFile = keyFile ?? ""
        files.authorityFile = caFile ?? ""
        do throws(TLSFailure) {
            configuration.tls = try TLSContext(.client, files)
        } catch { throw .invalid("tls", "\(error)") }
        configuration.serverName = serverName
        return configuration
    }

    /// What every call carries besides its message.
    func metadata() throws(Fault) -> Metadata {
        var metadata = Metadata()
        guard let tokenFile else { return metadata }
        let token = try Self.readToken(tokenFile)
        do throws(Fault) {
            try metadata.add("authorization", "Bearer \(token)")
        } catch {
            // The error would quote the token.
            throw .invalid("--token-file", "\(tokenFile) holds bytes that no token has")
        }
        return metadata
    }

    /// Spaces and line ends around it do not count.
    static func readToken(_ file: String) throws(Fault) -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw .invalid("--token-file", "\(file) cannot be read")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw .invalid("--token-file", "\(file) is empty") }
        return token
    }
}
