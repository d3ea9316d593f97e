// What the shell sees, after BSD's sysexits.h: 0 answered; 64 the command line is wrong; 65 the server
// refused what was asked; 69 no server; 75 try again later; 70 anything else.

import ArgumentParser
import Base
import Foundation

extension Fault {
    var exitCode: ExitCode {
        switch code {
        case .invalidArgument, .notFound, .outOfRange, .failedPrecondition, .alreadyExists:
            ExitCode(65)
        case .unavailable: ExitCode(69)
        case .resourceExhausted, .deadlineExceeded, .aborted, .cancelled: ExitCode(75)
        case .permissionDenied, .unauthenticated: ExitCode(77)
        default: ExitCode(70)
        }
    }

    /// For a person: what happened, and what to do where that is known.
    func explained(server: String) -> String {
        switch code {
        case .unavailable where message.hasPrefix("secure "):
            "no secure connection to \(server): \(message)"
        case .unavailable:
            "no server answers at \(server) (\(message))\n"
                + "Start one with 'make serve', or name another with --server HOST:PORT."
        case .deadlineExceeded:
            "\(server) did not answer in time; --timeout-ms gives it longer"
        case .notFound where reason == "USER_NOT_FOUND":
            "the server knows no such user\n"
                + "Import users and events with 'rankwire import', or describe one with --text."
        default:
            "\(code.name): \(message)"
        }
    }
}

/// Runs a question; a fault goes to standard error and ends the process with its code.
func reportingFaults(_ options: ServerOptions, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let fault as Fault {
        FileHandle.standardError.write(
            Data("rankwire: \(fault.explained(server: options.server))\n".utf8))
        throw fault.exitCode
    }
}
