// RANKWIRE_FUZZ names the target; one program has them all, since building it takes longer than a
// short run. Flags and corpus folders are libFuzzer's (llvm.org/docs/LibFuzzer.html).

#if canImport(Glibc)
    import Glibc
#endif

/// libFuzzer's own `main`, for programs that bring theirs. A C function of pointers and integers, whose
/// calling convention Swift's is equal to here.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

enum FuzzTarget: String, CaseIterable {
    case frames, messages, metadata, protobuf

    static let chosen: FuzzTarget = {
        let name = getenv("RANKWIRE_FUZZ").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            fatalError("RANKWIRE_FUZZ must be one of \(names)")
        }
        return target
    }()

    func run(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .frames: FrameFuzz.run(bytes)
        case .messages: MessageFuzz.run(bytes)
        case .metadata: MetadataFuzz.run(bytes)
        case .protobuf: ProtobufFuzz.run(bytes)
        }
    }
}

/// Also by this name, for libFuzzer's `main` is linked whether it is used or not.
/// - Returns: 0, as libFuzzer asks.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    FuzzTarget.chosen.run(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}

@main
enum RankwireFuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runDriver(&count, &arguments, fuzzOneInput))
    }
}
