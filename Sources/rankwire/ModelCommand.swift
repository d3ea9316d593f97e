import ArgumentParser
import Base
import Foundation
import Inference

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Import a model, promote a head, or show what a server has loaded.",
        subcommands: [
            ModelImportCommand.self, ModelCardCommand.self, PromoteCommand.self,
        ],
        defaultSubcommand: ModelCardCommand.self)
}

struct ModelCardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Show the model card of the server's bundle.")

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let card = CardReport(try await Question(server).card())
            if server.json {
                try printJSON(card)
            } else {
                card.show()
            }
        }
    }
}

struct ModelImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Quantise a Hugging Face model of the BERT family to an int8 bundle.",
        discussion: """
            DIRECTORY holds config.json, model.safetensors (fp32 or fp16) and vocab.txt, and for \
            sentence-transformers models modules.json and 1_Pooling/config.json. The bundle's model \
            card says how near int8 stays to fp32.
            """)

    @Argument(help: "The model's directory.")
    var directory: String

    @Option(help: "The bundle to write; replaced whole or not at all.")
    var output: String

    @Option(help: "The model's name on its card; the directory's when absent.")
    var name: String?

    @Option(help: "Texts to measure fidelity on, one a line; built-in ones when absent.")
    var samples: String?

    @Option(help: "Texts to fit the rounding of weights to, one a line; built-in ones when absent.")
    var calibration: String?

    func run() throws {
        do {
            let measured = try texts(samples, builtIn: fidelitySamples)
            let calibrating = try texts(calibration, builtIn: calibrationSamples)
            let bar = ProgressBar("quantising \(directory)")
            let bundle = try ModelImporter.importModel(
                from: directory, to: output, name: try name ?? modelName(),
                samples: { vocabularyPath, tokenization, maxTokens in
                    let tokenizer = try WordPieceTokenizer(
                        vocabularyPath: vocabularyPath, tokenization: tokenization,
                        maxTokens: maxTokens)
                    return ModelImporter.Samples(
                        calibration: calibrating.map { tokenizer.encode($0).ids },
                        measured: measured.map { tokenizer.encode($0).ids })
                },
                progress: { bar.show($0.fraction, detail: $0.detail) })
            bar.finish()
            report(bundle)
        } catch let error as BundleError {
            throw failed(error.description)
        } catch let fault as Fault {
            throw failed(fault.message)
        }
    }

    private func report(_ bundle: ModelBundle) {
        let fidelity = bundle.card.fidelity
        let architecture = bundle.architecture
        print(
            String(
                format: "%@ -> %@\n  %d layers, %d wide, %d million parameters\n"
                    + "  cosine to fp32 on %d texts: mean %.4f, worst %.4f; "
                    + "top-10 neighbours kept: %.1f%%\n  bundle %@",
                bundle.card.modelName, output, architecture.layerCount, architecture.hiddenWidth,
                bundle.card.parameterCount / 1_000_000, fidelity.sampleCount, fidelity.meanCosine,
                fidelity.minimumCosine, fidelity.topTenOverlap * 100, bundle.version))
    }

    /// What the model calls itself, else the directory's name.
    private func modelName() throws -> String {
        struct Config: Decodable {
            var name: String?
            enum CodingKeys: String, CodingKey { case name = "_name_or_path" }
        }
        let config = try? JSONDecoder().decode(
            Config.self,
            from: Data(contentsOf: URL(fileURLWithPath: directory + "/config.json")))
        if let name = config?.name, !name.isEmpty { return name }
        return URL(fileURLWithPath: directory).lastPathComponent
    }

    private static let maxSamples = 10_000

    private func texts(_ path: String?, builtIn: [String]) throws -> [String] {
        guard let path else { return builtIn }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw failed("\(path): cannot be read as UTF-8 text")
        }
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        guard (2...Self.maxSamples).contains(lines.count) else {
            throw failed("\(path): has \(lines.count) lines; 2 to \(Self.maxSamples) are wanted")
        }
        return lines
    }

    private func failed(_ message: String) -> ExitCode {
        FileHandle.standardError.write(Data("rankwire: \(message)\n".utf8))
        return ExitCode(65)
    }
}

extension ModelImporter.Progress {
    /// Measuring takes nearly all of the time.
    fileprivate var fraction: Double {
        switch self {
        case .reading: 0
        case .calibrating(let text, let count): 0.4 * Double(text) / Double(count)
        case .quantizing(let layer, let count): 0.4 + 0.2 * Double(layer) / Double(count)
        case .measuring(let text, let count): 0.6 + 0.4 * Double(text) / Double(count)
        case .writing: 1
        }
    }

    fileprivate var detail: String {
        switch self {
        case .reading: "reading"
        case .calibrating(let text, let count): "calibration on text \(text) of \(count)"
        case .quantizing(let layer, let count): "layer \(layer) of \(count)"
        case .measuring(let text, let count): "fidelity on text \(text) of \(count)"
        case .writing: "writing"
        }
    }
}
