/// Where a server or a client finds its side of TLS: paths of PEM files.
public struct TLSFiles: Sendable, Equatable {
    /// What a server makes of a client's certificate.
    public enum ClientCertificate: String, Sendable, CaseIterable {
        /// A connection without one is refused.
        case required
        /// One that is sent must be good; a connection without one is taken.
        case optional
    }

    /// The certificate, and those between it and its authority. Empty: none, for a client only.
    public var certificateFile = ""
    public var keyFile = ""
    /// Authorities that the other side's certificate must come from. Empty: a server asks for no
    /// certificate, a client trusts the system's authorities.
    public var authorityFile = ""
    public var clientCertificate = ClientCertificate.required

    public init() {}
}
