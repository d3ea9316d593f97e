// The page's way to the RPCs: unary gRPC-Web over the admin address (gRPC's PROTOCOL-WEB.md), for the
// few methods that only read. A call goes to the server's own Unix socket and so through everything
// that any call goes through: limits, callers, rights, counters. The page sends what the person gave
// as bearer token.

import Base
import FlyingFox
import Foundation
import RPC
import Synchronization

final class Playground: Sendable {
    static let contentType = "application/grpc-web+proto"

    private static let methods: Set<String> = [
        "rankwire.v1.ScoringService/ScoreItems", "rankwire.v1.AdService/ScoreAds",
        "rankwire.v1.IntentService/ClassifyIntent", "rankwire.v1.ModelService/GetModelCard",
        "rankwire.v1.CatalogService/ListItems", "rankwire.v1.CatalogService/ListAds",
    ]
    private static let maxBodyBytes = 256 * 1024
    private static let maxCalls = 4
    private static let deadlineMs = 10_000
    private static let prefixBytes = 5
    /// Marks a frame of trailers.
    private static let trailerFlag: UInt8 = 0x80

    private let client: GRPCClient
    private let callsUnderWay = Atomic<Int>(0)

    /// - Parameter unixSocket: where this server listens.
    init(unixSocket: String) throws { client = try GRPCClient("unix:" + unixSocket) }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let method = String(request.path.dropFirst("/call/".count))
        guard Self.methods.contains(method) else {
            return .text("There is no such method here.\n", status: .notFound)
        }
        let (_, underWay) = callsUnderWay.add(1, ordering: .relaxed)
        defer { callsUnderWay.subtract(1, ordering: .relaxed) }
        guard underWay <= Self.maxCalls else {
            return .text("Other calls are under way.\n", status: .tooManyRequests)
        }
        guard let body = await Self.body(of: request), let message = Self.message(in: body) else {
            return .text(
                "The body is one gRPC-Web message of at most \(Self.maxBodyBytes) bytes.\n",
                status: .badRequest)
        }
        do throws(RPCStatus) {
            var options = CallOptions(deadlineMs: Self.deadlineMs)
            if let token = request.headers[.authorization] {
                do throws(Fault) { try options.metadata.add("authorization", token) } catch {
                    return .text("The token has letters that none has.\n", status: .badRequest)
                }
            }
            return Self.response(try await client.unary("/" + method, message, options).message)
        } catch {
            return Self.response(nil, error)
        }
    }

    func close() { client.close() }

    /// Nil when there is more than a call of a person needs.
    private static func body(of request: HTTPRequest) async -> Data? {
        if let count = request.bodySequence.count, count > maxBodyBytes { return nil }
        var body = Data()
        do {
            for try await part in request.bodySequence {
                body += part
                if body.count > maxBodyBytes { return nil }
            }
        } catch { return nil }
        return body
    }

    /// Of one uncompressed frame: a flag, the length in big endian, the bytes.
    private static func message(in body: Data) -> [UInt8]? {
        let bytes = [UInt8](body)
        guard bytes.count >= prefixBytes, bytes[0] == 0 else { return nil }
        let length = bytes[1..<prefixBytes].reduce(0) { $0 << 8 | Int($1) }
        return length == bytes.count - prefixBytes ? Array(bytes[prefixBytes...]) : nil
    }

    private static func response(_ message: [UInt8]?, _ status: RPCStatus = .ok) -> HTTPResponse {
        let text = status.message.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let trailers = "grpc-status: \(status.code.rawValue)\r\ngrpc-message: \(text)\r\n"
        var body = message.map { frame(0, $0) } ?? Data()
        body += frame(trailerFlag, Array(trailers.utf8))
        var response = HTTPResponse.text("", contentType)
        response.payload = .httpBody(HTTPBodySequence(data: body))
        return response
    }

    private static func frame(_ flag: UInt8, _ bytes: [UInt8]) -> Data {
        let count = bytes.count
        return Data([flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes)
    }
}
