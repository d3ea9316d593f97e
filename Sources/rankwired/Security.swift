// What decides who reaches the server: its certificate, and the list of callers. Both are files that
// SIGHUP reads again; a file that is wrong then changes nothing but the log.

import Base
import Dispatch
import Foundation
import Logging
import Messages
import RPC
import Service

final class Security: Sendable {
    /// Nil: connections are not encrypted.
    let tls: Snapshot<TLSContext>?
    /// Nil: whoever reaches the server may call everything.
    let callers: CallerDirectory?
    /// Called when other authorities count than before. Set once, before the first reload.
    let onNewAuthorities = Snapshot<(@Sendable () -> Void)?>(nil)
    private let files: TLSFiles
    private let callersFile: String
    private let logger: Logger
    /// Files are not read on a loop.
    private let queue = DispatchQueue(label: "security")
    /// As they were read last.
    private let authorities: Snapshot<Data?>

    init(_ settings: Settings, logger: Logger) throws {
        self.logger = logger
        files = settings.tlsFiles
        callersFile = settings[.callersFile]
        authorities = Snapshot(files.authorities)
        do throws(TLSFailure) {
            tls = files.certificateFile.isEmpty ? nil : Snapshot(try TLSContext(.server, files))
        } catch { throw Fault.invalid("tls", error.description) }
        callers =
            callersFile.isEmpty
            ? nil
            : CallerDirectory(
                try Callers(file: callersFile, paths: DescriptorIndex().methodPaths)
            ) { address in
                logger.warning(
                    "unknown credentials from \(address) again and again: slowed down, said once")
            }
        if let callers {
            logger.info("\(callers.current.count) callers may call")
        } else {
            logger.notice("no callersFile: everyone on this machine may call, nobody else")
        }
    }

    /// - Throws: for an address that others than this machine reach, while everyone may call.
    func check(host: String) throws(Fault) {
        if callers != nil {
            if tls == nil, !ListenAddress.isLoopback(host) {
                logger.warning("bearer tokens come unencrypted: set tls.certificateFile")
            }
            return
        }
        guard ListenAddress.isLoopback(host) else {
            throw .invalid(
                "listen",
                "\(host) can be reached from other machines, and without callersFile "
                    + "everyone may call: name the callers, or listen on 127.0.0.1")
        }
    }

    /// An authority that was taken away counts no more for connections that are open, either.
    private func retireIfAuthoritiesChanged() {
        let now = files.authorities
        guard now != authorities.load() else { return }
        authorities.store(now)
        logger.info("other authorities count: clients with certificates are to come again")
        onNewAuthorities.load()?()
    }

    /// Reads the files again. Returns at once.
    func reload() {
        queue.async { [self] in
            if let tls {
                do throws(TLSFailure) {
                    tls.store(try TLSContext(.server, files))
                    logger.info("certificate read again; new connections get it")
                    retireIfAuthoritiesChanged()
                } catch { logger.error("the certificate stays as it was: \(error)") }
            }
            if let callers {
                do throws(Fault) {
                    let new = try Callers(
                        file: callersFile, paths: DescriptorIndex().methodPaths,
                        previous: callers.current)
                    callers.replace(new)
                    logger.info("callers read again: \(new.count)")
                } catch { logger.error("the callers stay as they were: \(error.message)") }
            }
        }
    }

}

extension TLSFiles {
    /// The bytes of the file of authorities; nil without one.
    fileprivate var authorities: Data? {
        authorityFile.isEmpty ? nil : FileManager.default.contents(atPath: authorityFile)
    }
}

extension Settings {
    fileprivate var tlsFiles: TLSFiles {
        var files = TLSFiles()
        files.certificateFile = self[.certificateFile]
        files.keyFile = self[.keyFile]
        files.authorityFile = self[.clientCaFile]
        files.clientCertificate = .init(rawValue: self[.clientCertificate]) ?? .required
        return files
    }

    /// What does not fit together, a sentence each.
    var securityProblems: [String] {
        var problems: [String] = []
        if self[.certificateFile].isEmpty != self[.keyFile].isEmpty {
            problems.append("tls.certificateFile and tls.keyFile are set together or not at all")
        }
        if self[.certificateFile].isEmpty, !self[.clientCaFile].isEmpty {
            problems.append("tls.clientCaFile needs tls.certificateFile and tls.keyFile")
        }
        if TLSFiles.ClientCertificate(rawValue: self[.clientCertificate]) == nil {
            problems.append(
                "tls.clientCertificate: \"\(self[.clientCertificate])\" is neither required nor "
                    + "optional")
        }
        return problems
    }
}
