internal import CKernels

/// The functions of one instruction set. The C table behind it is constant.
struct KernelTable: @unchecked Sendable {
    // Safe: the pointee is static and never written.
    let functions: UnsafePointer<rw_kernels>

    /// Nil where this CPU lacks the instruction set.
    init?(_ set: InstructionSet) {
        let identifier =
            switch set {
            case .portable: RW_PORTABLE
            case .avx2: RW_AVX2
            case .avxvnni: RW_AVX_VNNI
            case .avx512vnni: RW_AVX512_VNNI
            }
        guard let table = rw_kernels_for(identifier) else { return nil }
        functions = table
    }

    private init(portable: Void) {
        guard let table = rw_kernels_for(RW_PORTABLE) else {
            preconditionFailure("the portable kernels are always there")
        }
        functions = table
    }

    /// What code without an encoder uses.
    static let current = KernelTable(InstructionSet.current) ?? KernelTable(portable: ())

    /// Dot product of `count` bytes, exact.
    func dot(_ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, _ count: Int) -> Int32 {
        functions.pointee.dot(a, b, count)
    }
}
