import ArgumentParser
import Base
import Foundation
import Inference
import Store

/// One import from the command line: opens the store, shows progress, says what came of it.
struct ImportRun {
    let source: ImportSource
    let importer: Importer

    private let what: String
    private let bundle: String?
    private let rejects: String?
    private let store: SQLiteStore

    init(_ arguments: ImportArguments, _ what: String, bundle: String?) throws {
        self.what = what
        self.bundle = bundle
        rejects = arguments.rejects
        source = ImportSource(argument: arguments.file)
        guard let uri = arguments.store else {
            throw ValidationError("Give the store: --store sqlite:PATH.")
        }
        do {
            store = try SQLiteStore(
                path: try SQLiteStore.path(fromURI: uri), access: .readWrite,
                key: try MasterKeySource(
                    file: arguments.masterKeyFile,
                    environment: ProcessInfo.processInfo.environment))
        } catch { throw failed(error.message) }
        if let path = store.madeKeyPath {
            print("made the master key \(path): keep it safe, and apart from copies of the store")
        }
        importer = Importer(store: store, options: arguments.options)
    }

    func run(_ body: (ImportRun, @escaping Importer.Progress) throws -> ImportSummary) throws {
        let display = ImportDisplay(what)
        do {
            let summary = try body(self, display.show)
            display.finish()
            summary.report(what, rejects: rejects)
        } catch let fault as Fault {
            display.finish()
            throw failed(fault.message)
        }
        store.close()
    }

    /// Opened only by imports of what has texts.
    func encoder() throws -> any TextEncoding {
        guard let bundle else { throw Fault.invalid("bundle", "name a model bundle") }
        return BundleEncoder(model: try TextModel(bundlePath: bundle))
    }
}

extension ImportSummary {
    /// - Parameters:
    ///   - what: was imported.
    ///   - rejects: the file that rows not taken were written to.
    func report(_ what: String, rejects: String?) {
        var parts = [
            "\(Terminal.grouped(stored)) new or changed",
            "\(Terminal.grouped(unchanged)) unchanged",
            "\(Terminal.grouped(rejected)) rejected",
        ]
        if textsEncoded > 0 {
            parts.append("\(Terminal.grouped(textsEncoded)) texts encoded")
        }
        if profilesFolded > 0 {
            parts.append("\(Terminal.grouped(profilesFolded)) profiles folded")
        }
        print("\(what): \(Terminal.grouped(rows)) rows, " + parts.joined(separator: ", "))
        if unknownItems > 0 {
            print(
                "  \(Terminal.grouped(unknownItems)) events name items that the catalogue does "
                    + "not know: they count for their users' spend only, until the items and then "
                    + "these events are imported")
        }
        for rejection in firstRejections {
            print("  line \(rejection.lineNumber): \(Terminal.printable(rejection.reason))")
        }
        if rejected > firstRejections.count {
            let rest = rejected - firstRejections.count
            print("  and \(Terminal.grouped(rest)) more" + (rejects.map { ": \($0)" } ?? ""))
        }
    }
}

func failed(_ message: String) -> ExitCode {
    FileHandle.standardError.write(Data("rankwire: \(message)\n".utf8))
    return ExitCode(65)
}

/// A bar for each step of an import.
final class ImportDisplay {
    private let what: String
    private var bar: ProgressBar
    private var step = 0
    private var detail = ""

    init(_ what: String) {
        self.what = what
        bar = ProgressBar("reading \(what)")
    }

    func show(_ progress: ImportProgress) {
        switch progress {
        case .reading(let rows, let rejected, let bytes, let total):
            begin(0, "reading \(what)")
            detail = "\(Terminal.grouped(rows)) rows"
            if rejected > 0 { detail += ", \(Terminal.grouped(rejected)) rejected" }
            detail += bar.rate(rows)
            let fraction = total.flatMap { $0 > 0 ? Double(bytes) / Double($0) : nil }
            bar.show(fraction, detail: detail)
        case .encoding(let texts, let total):
            begin(1, "encoding texts")
            count(texts, total)
        case .folding(let users, let total):
            begin(2, "folding profiles")
            count(users, total)
        }
    }

    func finish() { bar.finish(detail: detail) }

    private func begin(_ next: Int, _ label: String) {
        guard next != step else { return }
        finish()
        step = next
        bar = ProgressBar(label)
    }

    private func count(_ done: Int, _ total: Int) {
        detail = "\(Terminal.grouped(done)) of \(Terminal.grouped(total))" + bar.rate(done)
        bar.show(total > 0 ? Double(done) / Double(total) : nil, detail: detail)
    }
}

/// The bundle's model as the store sees it.
private struct BundleEncoder: TextEncoding {
    let model: TextModel

    var bundleVersion: String { model.bundle.version }
    var dimension: Int { model.encoder.dimension }

    func encode(_ texts: [String], progress: (Int) -> Void) throws -> [[Float]] {
        try model.encode(texts, progress: progress)
    }
}
