// One side of a TLS connection without its socket: encrypted bytes in, plain ones out, and the other
// way round. The library reads and writes through a BIO of our own, which takes from the bytes just
// received and appends to `outgoing`: nothing is copied on the way to a buffer between the two.

internal import COpenSSL

/// Confined to its thread. A session that threw is finished: what is in `outgoing`, an alert, may
/// still be sent.
final class TLSSession {
    /// Encrypted bytes for the peer.
    var outgoing = ByteQueue()
    /// The handshake is done: bytes may be sealed.
    private(set) var isEstablished = false
    /// A TLS 1.2 peer has asked to shake hands again, which RFC 9113 forbids (section 9.2.1).
    fileprivate var hasRenegotiated = false
    private let handle: OpaquePointer
    /// What the library has not read yet; valid during `receive` only.
    private var incoming = UnsafeRawBufferPointer(start: nil, count: 0)

    /// - Parameter serverName: for a client: the name or address that the server must prove.
    init(_ context: TLSContext, serverName: String? = nil) throws(TLSFailure) {
        guard let handle = SSL_new(context.handle) else { throw .last("SSL_new") }
        self.handle = handle
        guard let method = Self.method, let bio = BIO_new(method) else { throw .last("BIO_new") }
        let own = Unmanaged.passUnretained(self).toOpaque()
        BIO_set_data(bio, own)
        BIO_set_init(bio, 1)
        // Owns the BIO from here on.
        SSL_set_bio(handle, bio, bio)
        try TLSFailure.check(SSL_set_ex_data(handle, Self.ownIndex, own), "SSL_set_ex_data")
        switch context.role {
        case .server: SSL_set_accept_state(handle)
        case .client:
            SSL_set_connect_state(handle)
            if let serverName { try expect(serverName) }
        }
    }

    deinit { SSL_free(handle) }

    /// Addresses are not sent to the server as its name (RFC 6066, section 3).
    private func expect(_ name: String) throws(TLSFailure) {
        let parameters = SSL_get0_param(handle)
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return }
        ERR_clear_error()
        try TLSFailure.check(
            X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count), "server name \(name)")
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        var bytes = Array(name.utf8CString)
        let code = SSL_ctrl(
            handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &bytes)
        try TLSFailure.check(Int32(code), "server name \(name)")
    }

    // MARK: Bytes

    /// A client's first step.
    func start() throws(TLSFailure) { try shakeHands() }

    /// Gives the library what arrived; call `open` until it returns 0 before `bytes` go.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) {
        incoming = bytes
        if !isEstablished { try shakeHands() }
    }

    /// Decrypts into `buffer` as much as there is and fits.
    /// - Returns: the number of bytes; 0 when everything received is used up.
    func open(into buffer: UnsafeMutableRawBufferPointer) throws(TLSFailure) -> Int {
        var filled = 0
        while isEstablished, filled < buffer.count {
            ERR_clear_error()
            var count = 0
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let code = SSL_read_ex(handle, rest.baseAddress, rest.count, &count)
            if hasRenegotiated { throw TLSFailure("the peer renegotiates") }
            if code != 1 {
                try pause(code, "read")
                break
            }
            filled += count
        }
        return filled
    }

    /// Encrypts all of `bytes`, which are not empty, into `outgoing`.
    func seal(_ bytes: UnsafeRawBufferPointer) throws(TLSFailure) {
        ERR_clear_error()
        var count = 0
        let code = SSL_write_ex(handle, bytes.baseAddress, bytes.count, &count)
        if code != 1 || count != bytes.count { throw .last("TLS write") }
    }

    /// Says that nothing follows (RFC 8446, section 6.1).
    func end() {
        guard isEstablished else { return }
        ERR_clear_error()
        // 0: the peer has not said so yet. Less: the session has failed, with nothing to say.
        if SSL_shutdown(handle) < 0 { ERR_clear_error() }
    }

    private func shakeHands() throws(TLSFailure) {
        ERR_clear_error()
        let code = SSL_do_handshake(handle)
        if code != 1 { return try pause(code, "handshake") }
        var name: UnsafePointer<UInt8>?
        var nameBytes: UInt32 = 0
        SSL_get0_alpn_selected(handle, &name, &nameBytes)
        guard UnsafeRawBufferPointer(start: name, count: Int(nameBytes)).equals("h2") else {
            throw TLSFailure("TLS handshake: the peer does not agree to HTTP/2 by ALPN")
        }
        isEstablished = true
    }

    /// The library stopped: because it wants more bytes, or for good.
    private func pause(_ code: Int32, _ operation: String) throws(TLSFailure) {
        switch SSL_get_error(handle, code) {
        case SSL_ERROR_WANT_READ: return
        case SSL_ERROR_ZERO_RETURN: throw TLSFailure("TLS \(operation): the peer is done")
        default:
            let verdict = SSL_get_verify_result(handle)
            if verdict != Int(X509_V_OK), let text = X509_verify_cert_error_string(verdict) {
                ERR_clear_error()
                throw TLSFailure("TLS \(operation): the certificate: \(String(cString: text))")
            }
            throw .last("TLS \(operation)")
        }
    }

    /// Who the peer has proved to be; nil without a certificate. Once the handshake is done.
    var peerCertificate: PeerCertificate? {
        guard let certificate = SSL_get0_peer_certificate(handle) else { return nil }
        return PeerCertificate(certificate)
    }

    /// `TLSv1.3` and the like.
    var version: String { SSL_get_version(handle).map { String(cString: $0) } ?? "" }

    var isResumed: Bool { SSL_session_reused(handle) == 1 }
}

// MARK: The library's side

extension TLSSession {
    /// `SSL_get_app_data` is a macro for this index.
    private static let ownIndex: Int32 = 0

    /// Written once, by the first session; the library only reads it after that.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        let index = BIO_get_new_index()
        guard index > 0, let method = BIO_meth_new(index | BIO_TYPE_SOURCE_SINK, "rankwire")
        else { return nil }
        let isWhole =
            BIO_meth_set_read(method, take) == 1 && BIO_meth_set_write(method, put) == 1
            && BIO_meth_set_ctrl(method, control) == 1
        return isWhole ? method : nil
    }()

    private static let take:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int32)
            -> Int32 = { bio, buffer, count in
                guard let own = BIO_get_data(bio), let buffer, count > 0 else { return -1 }
                BIO_clear_flags(bio, rankwire_bio_retry_read)
                return Unmanaged<TLSSession>.fromOpaque(own).borrow { session in
                    let taken = min(Int(count), session.incoming.count)
                    guard taken > 0, let start = session.incoming.baseAddress else {
                        BIO_set_flags(bio, rankwire_bio_retry_read)
                        return -1
                    }
                    UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: taken)
                    session.incoming = UnsafeRawBufferPointer(rebasing: session.incoming[taken...])
                    return Int32(taken)
                }
            }

    private static let put: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 =
        { bio, bytes, count in
            guard let own = BIO_get_data(bio), let bytes, count >= 0 else { return -1 }
            Unmanaged<TLSSession>.fromOpaque(own).borrow { session in
                session.outgoing.append(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            }
            return count
        }

    private static let control:
        @convention(c) (OpaquePointer?, Int32, Int, UnsafeMutableRawPointer?) -> Int = {
            _, command, _, _ in
            // There is nothing to flush; nothing else is asked for that matters.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }

    /// A client that does not offer protocols is refused before any work is done for it.
    static let checkHello: SSL_client_hello_cb_fn = { handle, alert, _ in
        var offer: UnsafePointer<UInt8>?
        var offerBytes = 0
        let code = SSL_client_hello_get0_ext(
            handle, UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation), &offer,
            &offerBytes)
        if code == 1 { return SSL_CLIENT_HELLO_SUCCESS }
        alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
        return SSL_CLIENT_HELLO_ERROR
    }

    /// Chooses `h2` from the client's list of protocols, each behind its length.
    static let selectProtocol: SSL_CTX_alpn_select_cb_func = {
        _, chosen, chosenBytes, offer, count, _ in
        let offered = UnsafeBufferPointer(start: offer, count: Int(count))
        var position = 0
        while position < offered.count {
            let name = offered.dropFirst(position + 1).prefix(Int(offered[position]))
            if name.elementsEqual("h2".utf8) {
                chosen?.pointee = offer.map { $0 + position + 1 }
                chosenBytes?.pointee = UInt8(name.count)
                return SSL_TLSEXT_ERR_OK
            }
            position += 1 + Int(offered[position])
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    /// Hears of alerts: the library answers a renegotiation with one, and would go on.
    static let informed: @convention(c) (OpaquePointer?, Int32, Int32) -> Void = {
        handle, event, value in
        guard event & SSL_CB_WRITE_ALERT == SSL_CB_WRITE_ALERT,
            value & 0xFF == SSL_AD_NO_RENEGOTIATION,
            let own = SSL_get_ex_data(handle, ownIndex)
        else { return }
        Unmanaged<TLSSession>.fromOpaque(own).borrow { $0.hasRenegotiated = true }
    }
}
