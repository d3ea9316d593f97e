import Base
import CKernels
import Foundation
import Testing

@testable import Inference

/// The portable kernels against the formulas they stand for, in double precision.
@Suite struct KernelDefinitionTests {
    private let kernels = KernelTable(.portable)!.functions.pointee

    @Test func aProductIsTheSumOfItsTerms() {
        var source = KernelInputs(seed: 4)
        var product = LinearInputs(
            &source, rows: 3, depth: 8, channels: 64, epilogue: RW_EPILOGUE_RESIDUAL)
        let found = product.run(kernels.linear)
        let weights = product.weights.values
        for row in 0..<3 {
            for channel in 0..<64 {
                var sum = 0
                for k in 0..<8 {
                    let weight = weights[k / 4 * 256 + channel * 4 + k % 4]
                    sum += Int(product.inputs[row * 8 + k]) * Int(weight)
                }
                let scale = Double(product.scales[row]) * Double(product.channelScales[channel])
                let expected =
                    scale * Double(sum)
                    + Double(product.offsets[row]) * Double(product.channelSums[channel])
                    + Double(product.biases[channel])
                    + Double(product.residuals[row * 64 + channel])
                #expect(abs(Double(found[row * 64 + channel]) - expected) < 1e-5)
            }
        }
    }

    @Test func geluIsExactToTwentyMillionths() {
        var source = KernelInputs(seed: 5)
        var product = LinearInputs(
            &source, rows: 1, depth: 4, channels: 4096, epilogue: RW_EPILOGUE_GELU)
        product.fill(input: 0, weight: 0)
        product.offsets = [0]
        product.biases = (0..<4096).map { Float($0 - 2048) / 256 }
        let found = product.run(kernels.linear)
        for (x, y) in zip(product.biases, found) {
            let expected = Double(x) * 0.5 * erfc(-Double(x) / 2.0.squareRoot())
            #expect(abs(Double(y) - expected) < 2e-5, "gelu(\(x))")
        }
        #expect(found[2048] == 0)
    }

    @Test func attentionIsSoftmaxToBaseTwo() {
        var source = KernelInputs(seed: 6)
        let attention = AttentionInputs(
            &source, tokens: 19, heads: 2, headWidth: 16, stride: 64)
        let found = attention.run(kernels.attention)
        let at = { (token: Int, part: Int, d: Int) in
            Double(attention.projections[token * 192 + part * 64 + d])
        }
        for head in 0..<2 {
            for query in 0..<19 {
                let powers = (0..<19).map { key in
                    exp2(
                        (0..<16).reduce(0.0) { sum, d in
                            sum + at(query, 0, head * 16 + d) * at(key, 1, head * 16 + d)
                        })
                }
                let total = powers.reduce(0, +)
                for d in 0..<16 {
                    let expected = (0..<19).reduce(0.0) { sum, key in
                        sum + powers[key] / total * at(key, 2, head * 16 + d)
                    }
                    let value = Double(found[query * 64 + head * 16 + d])
                    // Queries, keys, shares and values are rounded to 12 bits or more.
                    #expect(abs(value - expected) < 1e-3)
                }
            }
        }
    }

    @Test func quantisedRowsComeBackWithinHalfAStep() {
        var source = KernelInputs(seed: 7)
        let values = source.floats(64, scale: 5)
        let output = RowInputs(values: values, width: 64).quantised(kernels.quantise)
        let scale = Float(bitPattern: output.scales[0])
        let offset = Float(bitPattern: output.offsets[0])
        for (value, byte) in zip(values, output.quantised) {
            #expect(abs(offset + scale * Float(byte) - value) <= scale * 0.5001)
        }
        #expect(output.quantised.min() == 0 && output.quantised.max() == 255)
    }

    @Test func instructionSetsAreChosenByNameAndRefusedClearly() throws {
        #expect(try InstructionSet.selected("portable") == .portable)
        let unknown = #expect(throws: Fault.self) { try InstructionSet.selected("sse9") }
        #expect(unknown?.message.contains("sse9") == true)
        #expect(unknown?.message.contains("avx512vnni") == true)
        for set in InstructionSet.allCases where !set.isSupported {
            #expect(throws: Fault.self) { try InstructionSet.selected(set.rawValue) }
        }
        #expect(InstructionSet.best.isSupported)
    }
}
