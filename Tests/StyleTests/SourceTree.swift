import Foundation

/// The checkout's own sources, read as text.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct File {
        /// From the root, e.g. `Sources/RPC/HTTP2/Session.swift`.
        var path: String
        var lines: [Substring]
    }

    static func files(under folder: String, endings: [String]) throws -> [File] {
        let start = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
        else { return [] }
        var files: [File] = []
        for case let url as URL in walk where endings.contains(url.pathExtension) {
            let text = try String(contentsOf: url, encoding: .utf8)
            files.append(
                File(
                    path: String(url.path.dropFirst(root.path.count + 1)),
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
        }
        return files.sorted { $0.path < $1.path }
    }
}
