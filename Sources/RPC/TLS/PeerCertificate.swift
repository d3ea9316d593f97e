internal import COpenSSL

/// The names in a certificate that the handshake has found good.
public struct PeerCertificate: Sendable, Equatable {
    /// The subject's common name; empty when it has none.
    public var commonName: String
    /// DNS names and URIs of the subject's alternative names (RFC 5280, section 4.2.1.6).
    public var alternativeNames: [String]

    public init(commonName: String, alternativeNames: [String]) {
        self.commonName = commonName
        self.alternativeNames = alternativeNames
    }

    init(_ certificate: OpaquePointer) {
        commonName = Self.commonName(of: certificate)
        alternativeNames = Self.alternativeNames(of: certificate)
        // Reading a name that is not there leaves an error behind.
        ERR_clear_error()
    }

    private static func commonName(of certificate: OpaquePointer) -> String {
        let subject = X509_get_subject_name(certificate)
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard index >= 0, let entry = X509_NAME_get_entry(subject, index) else { return "" }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry))
        guard count >= 0, let text else { return "" }
        defer { CRYPTO_free(text, #file, #line) }
        return name(UnsafeBufferPointer(start: text, count: Int(count))) ?? ""
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [String] {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
            return []
        }
        // The stack of names; the typed functions are macros for these.
        let stack = OpaquePointer(found)
        defer {
            OPENSSL_sk_pop_free(stack) { element in
                GENERAL_NAME_free(element?.assumingMemoryBound(to: GENERAL_NAME.self))
            }
        }
        var names: [String] = []
        for index in 0..<OPENSSL_sk_num(stack) {
            guard let element = OPENSSL_sk_value(stack, index) else { continue }
            var kind: Int32 = 0
            let value = GENERAL_NAME_get0_value(
                element.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
            guard kind == GEN_DNS || kind == GEN_URI, let value else { continue }
            let string = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
            if let name = name(bytes) { names.append(name) }
        }
        return names
    }

    /// Nil for what no name has: a NUL or a control byte would let `good.example` be read off
    /// `good.example\0.evil`.
    private static func name(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if bytes.isEmpty || bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
