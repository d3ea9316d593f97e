// The effective configuration: flag over environment over file over default, by swift-configuration.
// It reads keys lazily and would pass over a misspelt one, so names are checked here first.

import Base
import Configuration
import Foundation
import Messages
import Store

/// What is wrong with the configuration, all of it at once.
struct SettingsError: Error, CustomStringConvertible {
    var problems: [String]
    var description: String { problems.joined(separator: "\n") }
}

struct Settings: Sendable {
    struct Value: Sendable {
        var text: String
        /// "flag", "environment", "file" or "default".
        var source: String
    }

    private var values: [String: Value] = [:]
    private(set) var limits = Limits()
    private(set) var masterKey = MasterKeySource.besideStore

    subscript(_ setting: Setting) -> String { values[setting.key]?.text ?? setting.fallback }

    func number(_ setting: Setting) -> Int { Int(self[setting]) ?? 0 }

    /// - Parameter key: of a declared setting.
    func number(_ key: String) -> Int {
        guard let setting = Setting.all.first(where: { $0.key == key }) else {
            preconditionFailure("\(key) is not declared")
        }
        return number(setting)
    }

    /// Variables of the environment that are ours but not settings.
    private static let otherVariables: Set<String> = [
        "RANKWIRE_INSTRUCTION_SET", "RANKWIRE_CONFIG", MasterKeySource.variable,
        // The Makefile's, for tests.
        "RANKWIRE_PYTHON", "RANKWIRE_MODEL_DIR", "RANKWIRE_BIN_DIR", "RANKWIRE_SERVER",
    ]

    /// - Parameters:
    ///   - flags: key -> value as written.
    ///   - file: path of a JSON file; nil for none.
    static func load(
        flags: [String: String], environment: [String: String], file: String?
    ) async throws -> Settings {
        var problems = unknownNames(flags: flags, environment: environment)
        var layers: [(source: String, reader: ConfigReader)] = [
            (
                "flag",
                ConfigReader(
                    provider: InMemoryProvider(
                        values: Dictionary(
                            uniqueKeysWithValues: flags.map {
                                (
                                    AbsoluteConfigKey(Self.components($0.key)),
                                    ConfigValue(.string($0.value), isSecret: false)
                                )
                            })))
            ),
            (
                "environment",
                ConfigReader(
                    provider: EnvironmentVariablesProvider(environmentVariables: environment)
                ).scoped(to: "rankwire")
            ),
        ]
        if let file {
            problems += unknownNames(inFile: file)
            if problems.isEmpty {
                let provider = try await FileProvider<JSONSnapshot>(
                    config: ConfigReader(
                        provider: InMemoryProvider(values: ["filePath": .init(stringLiteral: file)])
                    ))
                layers.append(("file", ConfigReader(provider: provider)))
            }
        }
        var settings = Settings()
        for setting in Setting.all {
            for layer in layers where settings.values[setting.key] == nil {
                guard let text = read(setting, layer.reader) else { continue }
                settings.values[setting.key] = Value(text: text, source: layer.source)
                if setting.kind == .number, Int(text).map({ $0 < 0 }) ?? true {
                    problems.append(
                        "\(setting.key) (from \(layer.source)): \"\(text)\" is not a whole number "
                            + "that is not negative")
                }
            }
        }
        for (name, path) in Limits.fields {
            if let value = settings.values["limits.\(name)"].flatMap({ Int($0.text) }) {
                settings.limits[keyPath: path] = value
            }
        }
        do throws(Fault) {
            let file = settings[.masterKeyFile]
            settings.masterKey = try MasterKeySource(
                file: file.isEmpty ? nil : file, environment: environment)
        } catch { problems.append(error.message) }
        if problems.isEmpty {
            problems =
                settings.limits.validate() + settings.securityProblems
                + settings.operationProblems + settings.adProblems
        }
        if !problems.isEmpty { throw SettingsError(problems: problems) }
        return settings
    }

    /// Every setting with its value and where it came from, as it may be shown. No setting is a
    /// secret, but an address may have a password in it.
    var effective: [EffectiveSetting] {
        Setting.all.map { setting in
            let value = values[setting.key]
            return EffectiveSetting(
                key: setting.key, value: Self.withoutPassword(value?.text ?? setting.fallback),
                source: value?.source ?? "default")
        }
    }

    /// The same, one a line.
    var report: String {
        let width = Setting.all.map(\.key.count).max() ?? 0
        return effective.map { setting in
            let name = setting.key.padding(toLength: width, withPad: " ", startingAt: 0)
            return "  \(name)  \(setting.value)  (\(setting.source))"
        }.joined(separator: "\n")
    }

    /// `scheme://user:password@host` with stars for the password.
    static func withoutPassword(_ text: String) -> String {
        guard let scheme = text.range(of: "://"),
            let at = text.lastIndex(of: "@"), at > scheme.upperBound,
            let colon = text[scheme.upperBound..<at].firstIndex(of: ":")
        else { return text }
        return text[...colon] + "***" + text[at...]
    }

    private static func components(_ key: String) -> [String] {
        key.split(separator: ".").map(String.init)
    }

    /// Numbers in a file may be written as numbers.
    private static func read(_ setting: Setting, _ reader: ConfigReader) -> String? {
        let key = ConfigKey(components(setting.key))
        if setting.kind == .number, let number = reader.int(forKey: key) { return String(number) }
        return reader.string(forKey: key)
    }

    private static func unknownNames(
        flags: [String: String], environment: [String: String]
    ) -> [String] {
        let keys = Set(Setting.all.map(\.key))
        let variables = Set(Setting.all.map(\.environmentVariable)).union(otherVariables)
        return flags.keys.filter { !keys.contains($0) }.sorted()
            .map { "--set \($0): there is no such setting" }
            + environment.keys.filter { $0.hasPrefix("RANKWIRE_") && !variables.contains($0) }
            .sorted().map { "\($0): there is no such setting" }
    }

    private static func unknownNames(inFile file: String) -> [String] {
        let root: Any
        do {
            root = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch { return ["\(file): cannot be read as JSON: \(error.localizedDescription)"] }
        guard let object = root as? [String: Any] else {
            return ["\(file): must hold one JSON object"]
        }
        let keys = Set(Setting.all.map(\.key))
        func names(_ object: [String: Any], _ prefix: String) -> [String] {
            object.flatMap { name, value in
                (value as? [String: Any]).map { names($0, "\(prefix)\(name).") }
                    ?? ["\(prefix)\(name)"]
            }
        }
        return names(object, "").filter { !keys.contains($0) }.sorted()
            .map { "\(file): \($0): there is no such setting" }
    }
}
