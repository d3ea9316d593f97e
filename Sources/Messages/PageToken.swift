internal import Base
private import Foundation
internal import Store

/// Where a page of a listing ended (https://google.aip.dev/158): opaque to callers, and of no use to a
/// listing of another kind.
enum PageToken {
    static func text(_ id: String, _ kind: CatalogKind) -> String {
        Data((kind.rawValue + ":" + id).utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The identifier in a token; "" for the empty token, nil for one that `text` did not make.
    static func id(_ token: String, _ kind: CatalogKind) -> String? {
        if token.isEmpty { return "" }
        let base64 = token.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        let prefix = kind.rawValue + ":"
        guard let data = Data(base64Encoded: base64 + padding),
            let text = String(validating: data, as: UTF8.self), text.hasPrefix(prefix)
        else { return nil }
        let id = String(text.dropFirst(prefix.count))
        return id.isEmpty ? nil : id
    }

    static func maxBytes(_ limits: Limits) -> Int { (limits.maxIdBytes + 16) * 4 / 3 + 4 }
}
