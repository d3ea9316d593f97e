// The one declared list of settings. A flag, an environment variable and a key of the configuration
// file are three spellings of one entry; what is not here is refused by name.

import Base
import RPC

/// One setting. Key `drainTimeoutMs` is the flag `--drain-timeout-ms` and the variable
/// `RANKWIRE_DRAIN_TIMEOUT_MS`; key `limits.maxCandidates` is `--set limits.maxCandidates=5000` and
/// `RANKWIRE_LIMITS_MAX_CANDIDATES`.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text, number
    }

    var key: String
    var kind: Kind
    var fallback: String

    static let listen = Setting(key: "listen", kind: .text, fallback: "127.0.0.1:7420")
    static let unixSocket = Setting(key: "unixSocket", kind: .text, fallback: "")
    static let bundle = Setting(key: "bundle", kind: .text, fallback: "")
    static let store = Setting(key: "store", kind: .text, fallback: "")
    /// A file; the environment's RANKWIRE_MASTER_KEY holds the key itself and is no setting, as
    /// settings are printed.
    static let masterKeyFile = Setting(key: "masterKeyFile", kind: .text, fallback: "")
    static let loops = Setting(key: "loops", kind: .number, fallback: "1")
    static let workers = Setting(key: "workers", kind: .number, fallback: "0")
    /// Which campaigns sit which auctions out, where budgets are throttled.
    static let pacingSeed = Setting(key: "pacingSeed", kind: .number, fallback: "1")
    static let logLevel = Setting(key: "logLevel", kind: .text, fallback: "info")
    static let drainTimeoutMs = Setting(key: "drainTimeoutMs", kind: .number, fallback: "10000")

    // PEM files; TLS is on when there is a certificate.
    static let certificateFile = Setting(key: "tls.certificateFile", kind: .text, fallback: "")
    static let keyFile = Setting(key: "tls.keyFile", kind: .text, fallback: "")
    static let clientCaFile = Setting(key: "tls.clientCaFile", kind: .text, fallback: "")
    /// `required` or `optional`; means something with `clientCaFile` only.
    static let clientCertificate = Setting(
        key: "tls.clientCertificate", kind: .text, fallback: "required")
    /// Who may call (JSON lines); without it nobody but this machine.
    static let callersFile = Setting(key: "callersFile", kind: .text, fallback: "")

    /// 1 to learn from feedback of ads while serving.
    static let adLearning = Setting(key: "ads.learning", kind: .number, fallback: "1")
    /// How often impressions that have closed are looked for.
    static let adLearningIntervalMs = Setting(
        key: "ads.learningIntervalMs", kind: .number, fallback: "5000")
    /// How long learnt weights wait for a full comparison before they are judged by what there is.
    static let adCheckIntervalMs = Setting(
        key: "ads.checkIntervalMs", kind: .number, fallback: "60000")
    /// How long after an impression a click is its.
    static let adClickWindowSeconds = Setting(
        key: "ads.clickWindowSeconds", kind: .number, fallback: "86400")
    /// The same for a redemption or purchase.
    static let adConversionWindowSeconds = Setting(
        key: "ads.conversionWindowSeconds", kind: .number, fallback: "604800")
    /// Part of the impressions without an answer that is learnt, in percent; the others are made up for.
    static let adNegativePercent = Setting(
        key: "ads.negativePercent", kind: .number, fallback: "100")

    /// 1 for yes.
    static let permitsPingsWithoutCalls = Setting(
        key: "connection.permitsPingsWithoutCalls", kind: .number, fallback: "0")

    static let all: [Setting] =
        [
            listen, unixSocket, bundle, store, masterKeyFile, loops, workers, pacingSeed,
            logLevel, drainTimeoutMs,
            certificateFile, keyFile, clientCaFile, clientCertificate, callersFile,
            adLearning, adLearningIntervalMs, adCheckIntervalMs, adClickWindowSeconds,
            adConversionWindowSeconds, adNegativePercent,
        ]
        + Limits.fields.map { name, path in
            Setting(
                key: "limits.\(name)", kind: .number, fallback: "\(Limits()[keyPath: path])")
        }
        + ServerConfiguration.fields.map { name, path in
            Setting(
                key: "connection.\(name)", kind: .number,
                fallback: "\(ServerConfiguration()[keyPath: path])")
        }
        + [permitsPingsWithoutCalls] + operation

    /// `limits.maxCandidates` -> `RANKWIRE_LIMITS_MAX_CANDIDATES`.
    var environmentVariable: String {
        var name = "RANKWIRE_"
        for character in key {
            if character == "." {
                name += "_"
            } else {
                if character.isUppercase { name += "_" }
                name += character.uppercased()
            }
        }
        return name
    }
}
