public import Base
private import CKernels

#if canImport(Glibc)
    private import Glibc
#endif

/// Which kernels run. All give the same bits; they differ in speed alone.
public enum InstructionSet: String, Sendable, CaseIterable {
    /// Plain C, the definition.
    case portable
    case avx2
    case avxvnni
    case avx512vnni

    /// Forces an instruction set, for tests and for finding faults.
    public static let environmentVariable = "RANKWIRE_INSTRUCTION_SET"

    /// Whether this CPU has it.
    public var isSupported: Bool { KernelTable(self) != nil }

    /// The fastest that this CPU has.
    public static let best = allCases.last { $0.isSupported } ?? .portable

    /// The one this process uses, decided on first use. Where the environment asks for what is
    /// not there this is `best`, and `selected()` is who complains.
    public static let current = (try? selected()) ?? best

    /// The environment's choice, else the best: called at start-up, so that a wrong name stops the
    /// process there.
    public static func selected() throws(Fault) -> InstructionSet {
        guard let value = getenv(environmentVariable) else { return best }
        return try selected(String(cString: value))
    }

    /// The named instruction set.
    public static func selected(_ name: String) throws(Fault) -> InstructionSet {
        guard let set = InstructionSet(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(
                .failedPrecondition, reason: "UNKNOWN_INSTRUCTION_SET",
                "\(environmentVariable) is \"\(name)\"; it may be one of \(names)")
        }
        guard set.isSupported else {
            throw Fault(
                .failedPrecondition, reason: "UNSUPPORTED_INSTRUCTION_SET",
                "\(environmentVariable) is \"\(name)\", which this CPU does not have")
        }
        return set
    }
}
