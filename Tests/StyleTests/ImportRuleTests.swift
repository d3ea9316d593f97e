// The arrows between targets and folders, as ARCHITECTURE.md draws them. A new arrow is a decision:
// it is made here and there together.

import Foundation
import Testing

@Suite struct ImportRuleTests {
    /// What a target may import of ours and of others, beside the language's own modules.
    static let allowed: [String: Set<String>] = [
        "Base": [],
        "RPC": ["CUV", "CNGHTTP2", "COpenSSL", "CZlib", "Base"],
        "Inference": ["CKernels", "COpenSSL", "Base"],
        "Store": ["Inference", "RPC", "GRDB", "GRDBSQLite", "COpenSSL", "Base"],
        "Ranking": ["Store", "Inference", "Base"],
        "Ads": ["Ranking", "Store", "Inference", "Base"],
        "Intents": ["Ranking", "Store", "Inference", "Base"],
        "Training": ["COpenBLAS", "Ranking", "Ads", "Intents", "Store", "Inference", "Base"],
        "Messages": ["CMessages", "Ranking", "Ads", "Intents", "Store", "Base"],
        "Service": [
            "Messages", "RPC", "Inference", "Ranking", "Ads", "Intents", "Store", "Base",
        ],
    ]

    /// Programs: they may import anything of ours and what parses, configures and logs for them.
    static let programs: Set<String> = ["rankwired", "rankwire", "rankwire-bench"]

    static let language: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch",
    ]

    /// Folders that hold no I/O: they may import these of ours and nothing else but the language.
    static let pureFolders: [String: Set<String>] = [
        "Sources/RPC/HTTP2": ["CNGHTTP2", "Base"],
        "Sources/RPC/GRPC": ["CZlib", "Base"],
        "Sources/RPC/TLS": ["COpenSSL", "Base"],
        "Sources/Inference/Scheduler": ["Base"],
    ]

    private func imports(_ file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let position = words.firstIndex(of: "import"), position <= 2,
                words[..<position].allSatisfy({
                    ["public", "internal", "private", "fileprivate", "package"].contains($0)
                        || $0.hasPrefix("@")
                }), position + 1 < words.count
            else { return nil }
            let name =
                ["struct", "class", "enum", "func", "protocol"].contains(words[position + 1])
                ? words[position + 2] : words[position + 1]
            return String(name.prefix { $0 != "." })
        }
    }

    @Test func targetsImportOnlyWhatTheirRowAllows() throws {
        let files = try SourceTree.files(under: "Sources", endings: ["swift"])
        #expect(files.count > 50)
        for file in files {
            let target = String(file.path.split(separator: "/")[1])
            if Self.programs.contains(target) { continue }
            let allowed = try #require(Self.allowed[target], "\(target) has no row")
            for name in imports(file) where !Self.language.contains(name) {
                #expect(allowed.contains(name), "\(file.path) imports \(name)")
            }
        }
    }

    @Test func pureFoldersImportNoInputOrOutput() throws {
        for (folder, allowed) in Self.pureFolders {
            let files = try SourceTree.files(under: folder, endings: ["swift"])
            #expect(!files.isEmpty, "\(folder) has no files")
            for file in files {
                for name in imports(file) where !["Synchronization", "Glibc"].contains(name) {
                    #expect(allowed.contains(name), "\(file.path) imports \(name)")
                }
            }
        }
    }

    @Test func cTargetsHoldNothingButC() throws {
        for target in [
            "CMessages", "CKernels", "CUV", "CNGHTTP2", "CProtobufC", "COpenSSL", "CZlib",
            "COpenBLAS",
        ] {
            let files = try SourceTree.files(under: "Sources/\(target)", endings: ["swift"])
            #expect(files.isEmpty, "\(target) holds Swift")
        }
    }
}
