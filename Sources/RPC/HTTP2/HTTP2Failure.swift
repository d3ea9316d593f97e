internal import CNGHTTP2

/// An error of the HTTP/2 library that ends a connection.
struct HTTP2Failure: Error, CustomStringConvertible {
    let operation: String
    let code: Int32

    init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// True when the first bytes were not HTTP/2's connection preface.
    var isBadPreface: Bool { code == NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue }
    /// True when the peer sent more control frames than it let us answer.
    var isFlood: Bool { code == NGHTTP2_ERR_FLOODED.rawValue }

    var description: String { "\(operation): \(String(cString: nghttp2_strerror(code)))" }

    static func check(_ code: Int32, _ operation: String) throws(HTTP2Failure) {
        if code < 0 { throw HTTP2Failure(operation, code: code) }
    }
}

/// Error codes of RST_STREAM and GOAWAY (RFC 9113, section 7).
struct HTTP2ErrorCode: Equatable {
    let rawValue: UInt32

    static let noError = HTTP2ErrorCode(rawValue: 0x0)
    static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
    static let internalError = HTTP2ErrorCode(rawValue: 0x2)
    static let flowControlError = HTTP2ErrorCode(rawValue: 0x3)
    static let settingsTimeout = HTTP2ErrorCode(rawValue: 0x4)
    static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
    static let frameSizeError = HTTP2ErrorCode(rawValue: 0x6)
    static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
    static let cancel = HTTP2ErrorCode(rawValue: 0x8)
    static let compressionError = HTTP2ErrorCode(rawValue: 0x9)
    static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xb)
    static let inadequateSecurity = HTTP2ErrorCode(rawValue: 0xc)
}
