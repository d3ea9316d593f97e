import Base
import CKernels
import Testing

@testable import Inference

/// Every instruction set against the portable definition, bit for bit, at lengths and offsets that
/// fill no vector. A set that this CPU lacks is cancelled by name.
@Suite struct KernelAgreementTests {
    static let sets = InstructionSet.allCases.filter { $0 != .portable }

    private func kernels(_ set: InstructionSet) throws -> (rw_kernels, rw_kernels) {
        let portable = try #require(KernelTable(.portable)).functions.pointee
        guard let table = KernelTable(set) else {
            try Test.cancel("this CPU does not have \(set.rawValue)")
        }
        return (portable, table.functions.pointee)
    }

    @Test(arguments: sets, [RW_EPILOGUE_NONE, RW_EPILOGUE_GELU, RW_EPILOGUE_RESIDUAL])
    func products(_ set: InstructionSet, _ epilogue: rw_epilogue) throws {
        let (portable, tested) = try kernels(set)
        for rows in [1, 2, 3, 5, 6, 7, 11, 13] {
            for (depth, channels) in [(64, 64), (192, 128), (4, 64)] {
                var inputs = KernelInputs(seed: UInt64(rows * 1000 + depth))
                var product = LinearInputs(
                    &inputs, rows: rows, depth: depth, channels: channels, epilogue: epilogue)
                let expected = product.run(portable.linear)
                #expect(bits(product.run(tested.linear)) == bits(expected))
            }
        }
    }

    @Test(arguments: sets)
    func sumsAtTheirLargestDoNotSaturate(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        for weight in [Int8.min, Int8.max] {
            var inputs = KernelInputs(seed: 1)
            var product = LinearInputs(
                &inputs, rows: 7, depth: 1536, channels: 64, epilogue: RW_EPILOGUE_NONE)
            product.fill(input: 255, weight: weight)
            let expected = product.run(portable.linear)
            #expect(bits(product.run(tested.linear)) == bits(expected))
        }
    }

    @Test(arguments: sets)
    func normsAndQuantisation(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        for (count, width) in [(37, 64), (64, 64), (1, 64), (115, 128), (384, 384)] {
            for isSmoothed in [false, true] {
                var inputs = KernelInputs(seed: UInt64(count))
                let rows = RowInputs(
                    &inputs, rows: 5, count: count, width: width, isSmoothed: isSmoothed)
                #expect(rows.normalised(tested.normalise) == rows.normalised(portable.normalise))
                #expect(rows.quantised(tested.quantise) == rows.quantised(portable.quantise))
            }
        }
    }

    @Test(arguments: sets)
    func rowsWithoutRangeAndWithZeros(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        for values in [[Float](repeating: 0, count: 64), [Float](repeating: -3, count: 64)] {
            let rows = RowInputs(values: values, width: 64)
            #expect(rows.quantised(tested.quantise) == rows.quantised(portable.quantise))
            #expect(rows.normalised(tested.normalise) == rows.normalised(portable.normalise))
        }
        let zeros = RowInputs(values: (0..<64).map { $0 % 2 == 0 ? 0 : -0.0 }, width: 64)
        #expect(zeros.quantised(tested.quantise) == zeros.quantised(portable.quantise))
    }

    @Test(arguments: sets)
    func attention(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        for tokens in [1, 2, 7, 8, 9, 15, 16, 17, 33, 50] {
            for headWidth in [16, 32, 48] {
                var inputs = KernelInputs(seed: UInt64(tokens * 100 + headWidth))
                let attention = AttentionInputs(
                    &inputs, tokens: tokens, heads: 3, headWidth: headWidth, stride: 192)
                #expect(
                    bits(attention.run(tested.attention))
                        == bits(attention.run(portable.attention)))
            }
        }
    }

    @Test(arguments: sets)
    func embeddingAndPooling(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        for (rows, count) in [(1, 64), (3, 37), (8, 5), (17, 63)] {
            var inputs = KernelInputs(seed: UInt64(rows))
            let embedding = EmbeddingInputs(&inputs, rows: rows, width: 64)
            #expect(bits(embedding.run(tested.embed)) == bits(embedding.run(portable.embed)))
            // The padding past `count` is zero, as the encoder has it.
            let values = inputs.floats(rows * 64).enumerated()
                .map { $0.offset % 64 < count ? $0.element : 0 }
            let pooled = [tested.pool, portable.pool].map { pool in
                var output = [Float](repeating: -1, count: count + 1)
                pool?(values, Int32(rows), 64, Int32(count), &output)
                return bits(output)
            }
            #expect(pooled[0] == pooled[1])
            #expect(pooled[0].last == Float(-1).bitPattern, "wrote past its end")
        }
    }

    @Test(arguments: sets)
    func dots(_ set: InstructionSet) throws {
        let (portable, tested) = try kernels(set)
        var inputs = KernelInputs(seed: 9)
        let a = inputs.signedBytes(1100)
        let b = inputs.signedBytes(1100)
        for count in [0, 1, 15, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 384, 1000] {
            for offset in [0, 1, 3, 17] {
                let found = a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        [tested.dot, portable.dot].map {
                            $0?(a.baseAddress! + offset, b.baseAddress! + offset + 1, count)
                        }
                    }
                }
                #expect(found[0] == found[1])
            }
        }
        let sums = [tested.dot_rows, portable.dot_rows].map { dotRows in
            var sums = [Int32](repeating: 0, count: 7)
            dotRows?(a, b, 131, 7, 129, &sums)
            return sums
        }
        #expect(sums[0] == sums[1])
    }

    @Test(arguments: sets, [1, 5, 63, 64, 65, 129, 384])
    func scans(_ set: InstructionSet, _ count: Int) throws {
        let (portable, tested) = try kernels(set)
        var inputs = KernelInputs(seed: UInt64(count))
        let (queries, rows) = (inputs.signedBytes(16 * count), inputs.signedBytes(261 * count))
        let scales = (0..<261).map { 0.001 + Float($0 % 17) * 0.003 }
        for queryCount in [0, 1, 2, 3, 4, 5, 9, 16] {
            for rowCount in [0, 1, 3, 4, 7, 16, 261] {
                let found = [portable, tested].map { kernels in
                    scanned(
                        kernels.scan, queries: (queries, queryCount), rows: (rows, rowCount),
                        scales: scales, count: count)
                }
                #expect(found[0] == found[1])
            }
        }
    }
}
