// The files and symbols of `proto/`, for reflection. The descriptor set is embedded in CMessages;
// only names are read here (google/protobuf/descriptor.proto gives the field numbers), so a reader of
// length-delimited fields is all it takes.

internal import CMessages

/// Which file declares what. Immutable, made once at start.
public struct DescriptorIndex: Sendable {
    private struct File {
        var bytes: [UInt8]
        var imports: [String]
    }

    private var files: [String: File] = [:]
    /// Full name of a service, method, message, field's enum and so on -> file name.
    private var fileOfSymbol: [String: String] = [:]
    public private(set) var serviceNames: [String] = []
    /// `/package.Service/Method`, every one.
    public private(set) var methodPaths: [String] = []

    /// Reads the embedded set, which `proto/generate.sh` wrote.
    public init() {
        let set = UnsafeBufferPointer(
            start: rankwire_descriptor_set(), count: rankwire_descriptor_set_length())
        for (number, file) in fields(of: Array(set)) where number == 1 { add(file: file) }
    }

    /// The file and all it imports, imports first; nil when unknown.
    public func files(named name: String) -> [[UInt8]]? {
        guard files[name] != nil else { return nil }
        var seen: Set<String> = []
        var result: [[UInt8]] = []
        func visit(_ name: String) {
            guard seen.insert(name).inserted, let file = files[name] else { return }
            file.imports.forEach(visit)
            result.append(file.bytes)
        }
        visit(name)
        return result
    }

    /// - Parameter symbol: full name without leading dot, e.g. `rankwire.v1.Item`.
    public func files(containing symbol: String) -> [[UInt8]]? {
        fileOfSymbol[symbol].flatMap(files(named:))
    }

    // FileDescriptorProto: name 1, package 2, dependency 3, message_type 4, enum_type 5, service 6.
    private mutating func add(file bytes: [UInt8]) {
        let fields = fields(of: bytes)
        func texts(_ number: Int) -> [String] {
            fields.filter { $0.0 == number }.map { String(decoding: $0.1, as: UTF8.self) }
        }
        guard let name = texts(1).first else { return }
        let package = texts(2).first ?? ""
        files[name] = File(bytes: bytes, imports: texts(3))
        for (number, field) in fields {
            switch number {
            case 4: add(message: field, in: package, file: name)
            case 5: add(named: field, in: package, file: name)
            case 6:
                let service = add(named: field, in: package, file: name)
                serviceNames.append(service)
                for (number, method) in self.fields(of: field) where number == 2 {
                    let fullName = add(named: method, in: service, file: name)
                    methodPaths.append("/\(service)/\(fullName.dropFirst(service.count + 1))")
                }
            default: break
            }
        }
    }

    // DescriptorProto: name 1, nested_type 3, enum_type 4.
    private mutating func add(message: [UInt8], in scope: String, file: String) {
        let fullName = add(named: message, in: scope, file: file)
        for (number, field) in fields(of: message) {
            if number == 3 { add(message: field, in: fullName, file: file) }
            if number == 4 { add(named: field, in: fullName, file: file) }
        }
    }

    /// Every descriptor has its name in field 1.
    @discardableResult
    private mutating func add(named descriptor: [UInt8], in scope: String, file: String) -> String {
        let name = fields(of: descriptor).first { $0.0 == 1 }?.1 ?? []
        let fullName = [scope, String(decoding: name, as: UTF8.self)]
            .filter { !$0.isEmpty }.joined(separator: ".")
        fileOfSymbol[fullName] = file
        return fullName
    }

    /// The length-delimited fields of a message, in order; others are passed over. Stops at what
    /// is not a message.
    private func fields(of bytes: [UInt8]) -> [(Int, [UInt8])] {
        bytes.withUnsafeBytes { bytes in
            var result: [(Int, [UInt8])] = []
            var reader = FieldReader(bytes)
            while let tag = reader.varint(), let content = reader.skip(wireType: tag & 7) {
                if tag & 7 == 2 { result.append((Int(tag >> 3), Array(bytes[content]))) }
            }
            return result
        }
    }
}
