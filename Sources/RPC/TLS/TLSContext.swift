// What the connections of one side share: certificate, key, authorities, and the rules. Made from
// files, checked, and never changed: a new certificate is a new context, and connections that began
// under the old one keep it.
//
// The rules are RFC 9113's (section 9.2): TLS 1.2 with forward secrecy and authenticated encryption
// only, or 1.3; ALPN `h2` and nothing else; neither compression nor renegotiation.

internal import COpenSSL

/// Unchecked: the library counts references to a context and locks what connections share in it;
/// after init nothing here writes.
public final class TLSContext: @unchecked Sendable {
    public enum Role: Sendable { case server, client }

    let role: Role
    let handle: OpaquePointer

    /// Lifetime of a session that a client may resume.
    private static let resumptionSeconds = 3_600
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// Length and bytes of the one protocol (RFC 7301, section 3.1).
    static let alpn: [UInt8] = [2, UInt8(ascii: "h"), UInt8(ascii: "2")]

    /// - Throws: the file that is wrong and why.
    public init(_ role: Role, _ files: TLSFiles) throws(TLSFailure) {
        self.role = role
        let method = role == .server ? TLS_server_method() : TLS_client_method()
        guard let handle = SSL_CTX_new(method) else { throw .last("SSL_CTX_new") }
        self.handle = handle
        // The object is whole from here on: should one of these throw, `deinit` frees the handle.
        try setRules()
        try setCertificate(files)
        switch role {
        case .server: try setServer(files)
        case .client: try setClient(files)
        }
    }

    deinit { SSL_CTX_free(handle) }

    private func setRules() throws(TLSFailure) {
        let minimum = SSL_CTX_ctrl(
            handle, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        try TLSFailure.check(Int32(minimum), "minimum version")
        try TLSFailure.check(SSL_CTX_set_cipher_list(handle, Self.ciphers), "ciphers")
        // Returns the options in force.
        _ = SSL_CTX_set_options(handle, rankwire_tls_options)
        // Buffers are given back while a connection is silent: 34 KiB each, ten thousand times. A
        // write may go on from another place in memory. Returns the modes in force.
        _ = SSL_CTX_ctrl(
            handle, SSL_CTRL_MODE,
            Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), nil)
        SSL_CTX_set_info_callback(handle, TLSSession.informed)
    }

    // MARK: Files

    private func setCertificate(_ files: TLSFiles) throws(TLSFailure) {
        if files.certificateFile.isEmpty && files.keyFile.isEmpty && role == .client { return }
        guard !files.certificateFile.isEmpty, !files.keyFile.isEmpty else {
            throw TLSFailure("a certificate file and a key file go together")
        }
        try TLSFailure.check(
            SSL_CTX_use_certificate_chain_file(handle, files.certificateFile),
            "certificate file \(files.certificateFile)")
        // An encrypted key is refused: nobody is there to be asked for its password.
        SSL_CTX_set_default_passwd_cb(handle) { _, _, _, _ in -1 }
        try TLSFailure.check(
            SSL_CTX_use_PrivateKey_file(handle, files.keyFile, SSL_FILETYPE_PEM),
            "key file \(files.keyFile)")
        try TLSFailure.check(
            SSL_CTX_check_private_key(handle),
            "certificate file \(files.certificateFile) and key file \(files.keyFile)")
    }

    private func loadAuthorities(_ file: String) throws(TLSFailure) {
        try TLSFailure.check(
            SSL_CTX_load_verify_locations(handle, file, nil), "authority file \(file)")
    }

    // MARK: Sides

    private func setServer(_ files: TLSFiles) throws(TLSFailure) {
        guard let certificate = SSL_CTX_get0_certificate(handle) else {
            throw TLSFailure("a server needs a certificate file")
        }
        guard X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 else {
            throw TLSFailure("certificate file \(files.certificateFile): it has expired")
        }
        SSL_CTX_set_client_hello_cb(handle, TLSSession.checkHello, nil)
        SSL_CTX_set_alpn_select_cb(handle, TLSSession.selectProtocol, nil)
        // Sessions are resumed by tickets, which the server need not keep. Their keys go with the
        // context.
        _ = SSL_CTX_ctrl(handle, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        _ = SSL_CTX_set_timeout(handle, Self.resumptionSeconds)
        try TLSFailure.check(SSL_CTX_set_num_tickets(handle, 1), "tickets")
        if !files.authorityFile.isEmpty { try askForCertificates(files) }
    }

    private func askForCertificates(_ files: TLSFiles) throws(TLSFailure) {
        try loadAuthorities(files.authorityFile)
        guard let names = SSL_load_client_CA_file(files.authorityFile) else {
            throw .last("authority file \(files.authorityFile)")
        }
        // Owns the names from here on.
        SSL_CTX_set_client_CA_list(handle, names)
        let isRequired = files.clientCertificate == .required
        SSL_CTX_set_verify(
            handle,
            SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
        // A resumed session would not look at its certificate again.
        _ = SSL_CTX_set_options(handle, rankwire_tls_no_ticket)
        try TLSFailure.check(SSL_CTX_set_num_tickets(handle, 0), "tickets")
    }

    private func setClient(_ files: TLSFiles) throws(TLSFailure) {
        if files.authorityFile.isEmpty {
            try TLSFailure.check(
                SSL_CTX_set_default_verify_paths(handle), "the system's authorities")
        } else {
            try loadAuthorities(files.authorityFile)
        }
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nil)
        // Here 0 is success.
        let code = SSL_CTX_set_alpn_protos(handle, Self.alpn, UInt32(Self.alpn.count))
        if code != 0 { throw .last("ALPN") }
    }
}
