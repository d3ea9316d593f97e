internal import COpenSSL

/// Why a connection could not be secured, or a file not be used. Holds names of files and the
/// library's own words, never a key or what was decrypted.
public struct TLSFailure: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    /// What the library says about the call that just failed. Its queue of errors is the thread's:
    /// it is emptied here, or the next connection would read them as its own.
    static func last(_ operation: String) -> TLSFailure {
        var reason: String?
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            // The first is the cause; those after it say where it was noticed.
            guard reason == nil, let text = ERR_reason_error_string(code) else { continue }
            reason = String(cString: text)
        }
        return TLSFailure("\(operation): \(reason ?? "failed")")
    }

    /// - Parameter operation: evaluated only on failure.
    static func check(
        _ code: Int32, _ operation: @autoclosure () -> String
    ) throws(TLSFailure) {
        if code != 1 { throw last(operation()) }
    }
}
