// Style that a formatter does not see. A rule here is there because it was broken once or would be.

import Foundation
import Testing

@Suite struct TidyTests {
    private static let maxFileLines = 420
    private static let generated = ["Sources/CMessages/", "UnicodeTableData.swift"]

    private func ownFiles() throws -> [SourceTree.File] {
        try SourceTree.files(under: "Sources", endings: ["swift", "c", "h"])
            .filter { file in !Self.generated.contains { file.path.contains($0) } }
    }

    @Test func filesStayReadable() throws {
        for file in try ownFiles() {
            #expect(file.lines.count <= Self.maxFileLines, "\(file.path) is too long")
        }
    }

    @Test func nothingIsLeftForLater() throws {
        // Spelt in halves, so that this file does not find itself.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in try ownFiles() {
            for (number, line) in file.lines.enumerated() {
                for mark in marks where line.contains(mark) {
                    Issue.record("\(file.path):\(number + 1) says \(mark)")
                }
            }
        }
    }

    @Test func librariesDoNotPrint() throws {
        for file in try ownFiles() where !file.path.hasPrefix("Sources/rankwire") {
            for (number, line) in file.lines.enumerated() {
                let code = line.trimmingCharacters(in: .whitespaces)
                #expect(
                    !code.hasPrefix("print(") && !code.hasPrefix("debugPrint("),
                    "\(file.path):\(number + 1) prints")
            }
        }
    }

    @Test func theRequestPathDoesNotAwait() throws {
        // Start, drain and the client may; see ARCHITECTURE.md.
        let paths = ["Sources/Service", "Sources/RPC/HTTP2", "Sources/RPC/GRPC", "Sources/Ranking"]
        for path in paths {
            for file in try SourceTree.files(under: path, endings: ["swift"]) {
                for (number, line) in file.lines.enumerated() {
                    let code = line.prefix { $0 != "/" }
                    #expect(!code.contains(" await "), "\(file.path):\(number + 1) awaits")
                }
            }
        }
    }
}
