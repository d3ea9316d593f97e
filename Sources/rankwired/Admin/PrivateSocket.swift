import Base
import Foundation
import Glibc

/// A Unix socket's path in a new directory that nobody else may enter: how the server calls itself.
struct PrivateSocket: Sendable {
    let path: String
    private let directory: String

    init() throws(Fault) {
        let parent =
            ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"]
            ?? FileManager.default.temporaryDirectory.path
        var template = Array("\(parent)/rankwired-XXXXXX".utf8CString)
        // mkdtemp makes it for its owner alone.
        guard mkdtemp(&template) != nil else {
            let why = String(cString: strerror(errno))
            throw .invalid("admin.page", "no directory can be made in \(parent): \(why)")
        }
        directory = String(
            decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = directory + "/s"
    }

    /// What is left of it; the socket's file goes with its listener.
    func remove() {
        _ = unlink(path)
        _ = rmdir(directory)
    }
}
