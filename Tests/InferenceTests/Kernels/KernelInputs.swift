import Base
import CKernels

@testable import Inference

/// Seeded inputs of one shape for every instruction set.
struct KernelInputs {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// Uniform in -scale...scale.
    mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    mutating func signedBytes(_ count: Int) -> [Int8] {
        (0..<count).map { _ in Int8.random(in: .min ... .max, using: &random) }
    }
}

/// Memory at an address that is a multiple of 64, as the kernels want their weights.
final class AlignedCopy<Element: BitwiseCopyable> {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int

    init(_ values: [Element]) {
        count = values.count
        let bytes = MemoryLayout<Element>.stride * max(values.count, 1)
        // Room behind: a kernel may ask for lines it will not read.
        pointer = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Element.self, capacity: values.count)
        pointer.initialize(from: values, count: values.count)
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

/// Bit patterns, so that 0 and -0 or two NaNs are told apart.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
