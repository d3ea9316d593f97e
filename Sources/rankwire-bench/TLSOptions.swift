import ArgumentParser
import Base
import RPC

/// The TLS flags of the servers here: without a certificate they take connections as they are.
struct TLSOptions: ParsableArguments {
    @Option(help: "PEM file of the server's certificate and its chain.")
    var certificateFile = ""

    @Option(help: "PEM file of the certificate's key.")
    var keyFile = ""

    @Option(help: "PEM file of authorities: clients must have a certificate of one of them.")
    var clientCaFile = ""

    /// One context for all loops, so that a session may be resumed on any of them.
    func makeContext() throws -> Snapshot<TLSContext>? {
        if certificateFile.isEmpty && keyFile.isEmpty && clientCaFile.isEmpty { return nil }
        var files = TLSFiles()
        files.certificateFile = certificateFile
        files.keyFile = keyFile
        files.authorityFile = clientCaFile
        return Snapshot(try TLSContext(.server, files))
    }
}
