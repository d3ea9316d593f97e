// Both ends of TLS without a socket: what one seals the other opens, wherever the bytes are cut, and
// who does not prove its name is refused with the reason.

import Base
import Foundation
import Testing

@testable import RPC

/// An authority and what it has signed, made by the `openssl` tool once.
private struct Certificates: Sendable {
    static let made = Result { try Certificates() }

    let folder: URL

    private init() throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "rankwire-tls-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        try openssl("req -x509 \(key) -keyout ca.key -out ca.pem -subj /CN=authority -days 2")
        for (name, alternatives) in [
            ("server", "DNS:shop.example,IP:127.0.0.1"), ("client", "URI:spiffe://shop/client"),
        ] {
            try openssl("req \(key) -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
            try "subjectAltName=\(alternatives)\n"
                .write(to: folder.appending(path: "ext"), atomically: true, encoding: .ascii)
            try openssl(
                "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
                    + "-extfile ext -out \(name).pem")
        }
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "openssl \(arguments)")
    }

    func context(
        _ role: TLSContext.Role, as name: String? = nil, trusts: Bool = false
    ) throws -> TLSContext {
        var files = TLSFiles()
        if let name {
            files.certificateFile = folder.appending(path: "\(name).pem").path
            files.keyFile = folder.appending(path: "\(name).key").path
        }
        if trusts { files.authorityFile = folder.appending(path: "ca.pem").path }
        return try TLSContext(role, files)
    }
}

/// A client and a server with nothing between them but arrays.
private struct Pair {
    let client: TLSSession
    let server: TLSSession

    init(
        serverName: String = "shop.example", client clientName: String? = nil,
        asksForCertificate: Bool = false
    ) throws {
        let certificates = try Certificates.made.get()
        client = try TLSSession(
            certificates.context(.client, as: clientName, trusts: true), serverName: serverName)
        server = try TLSSession(
            certificates.context(.server, as: "server", trusts: asksForCertificate))
        try client.start()
    }

    /// Carries what `sender` has to `receiver` in pieces, and returns what comes out.
    func carry(
        from sender: TLSSession, to receiver: TLSSession, pieceBytes: Int
    ) throws -> [UInt8] {
        let bytes = Array(sender.outgoing.readable)
        sender.outgoing.removeAll(keepingBytes: 0)
        var opened: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 700, alignment: 1)
        defer { buffer.deallocate() }
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try bytes[start..<min(start + pieceBytes, bytes.count)].withUnsafeBytes { piece in
                try receiver.receive(piece)
                while true {
                    let count = try receiver.open(into: buffer)
                    if count == 0 { break }
                    opened += buffer[..<count]
                }
            }
        }
        return opened
    }

    func shakeHands(pieceBytes: Int = 1 << 20) throws {
        for _ in 0..<4 {
            _ = try carry(from: client, to: server, pieceBytes: pieceBytes)
            _ = try carry(from: server, to: client, pieceBytes: pieceBytes)
        }
    }
}

@Suite struct TLSSessionTests {
    @Test(arguments: [1, 7, 1_000, 1 << 20]) func whatIsSealedIsOpened(pieceBytes: Int) throws {
        let pair = try Pair()
        try pair.shakeHands(pieceBytes: pieceBytes)
        #expect(pair.client.isEstablished && pair.server.isEstablished)
        #expect(pair.server.version == "TLSv1.3")
        // One record, and several.
        for count in [1, 100, 50_000] {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
                try message.withUnsafeBytes { try from.seal($0) }
                #expect(
                    try pair.carry(from: from, to: to, pieceBytes: pieceBytes) == message)
            }
        }
    }

    @Test(arguments: [
        ("elsewhere.example", "hostname mismatch"), ("127.0.0.2", "IP address mismatch"),
    ]) func aServerOfAnotherNameIsRefused(name: String, reason: String) throws {
        let pair = try Pair(serverName: name)
        let failure = #expect(throws: TLSFailure.self) { try pair.shakeHands() }
        #expect(failure?.description.contains(reason) == true, "\(failure as Any)")
        let alertBytes = pair.client.outgoing.count
        #expect(alertBytes > 0, "the alert is there to be sent")
    }

    @Test func anAddressIsANameToo() throws {
        let pair = try Pair(serverName: "127.0.0.1")
        try pair.shakeHands()
        #expect(pair.client.isEstablished)
    }

    @Test func aClientsCertificateGivesItsNames() throws {
        let pair = try Pair(client: "client", asksForCertificate: true)
        try pair.shakeHands()
        #expect(
            pair.server.peerCertificate
                == PeerCertificate(
                    commonName: "client", alternativeNames: ["spiffe://shop/client"]))
        #expect(pair.client.peerCertificate?.alternativeNames == ["shop.example"])
    }

    @Test func aClientWithoutACertificateIsRefusedWhereOneIsRequired() throws {
        let pair = try Pair(asksForCertificate: true)
        let failure = #expect(throws: TLSFailure.self) { try pair.shakeHands() }
        #expect(failure?.description.contains("peer did not return a certificate") == true)
    }

    @Test func bytesThatAreNoTLSAreRefused() throws {
        let pair = try Pair()
        #expect(throws: TLSFailure.self) {
            try RawFrame.preface.withUnsafeBytes { try pair.server.receive($0) }
        }
    }

    @Test func aRecordThatWasChangedIsRefused() throws {
        let pair = try Pair()
        try pair.shakeHands()
        try [UInt8](repeating: 1, count: 100).withUnsafeBytes { try pair.client.seal($0) }
        var bytes = Array(pair.client.outgoing.readable)
        bytes[bytes.count - 1] ^= 1
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 700, alignment: 1)
        defer { buffer.deallocate() }
        #expect(throws: TLSFailure.self) {
            try bytes.withUnsafeBytes {
                try pair.server.receive($0)
                _ = try pair.server.open(into: buffer)
            }
        }
    }

    @Test func anEndIsHeard() throws {
        let pair = try Pair()
        try pair.shakeHands()
        pair.client.end()
        #expect(throws: TLSFailure.self) {
            _ = try pair.carry(from: pair.client, to: pair.server, pieceBytes: 1 << 20)
        }
    }
}
