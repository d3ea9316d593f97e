// Who gets how much when more comes than can be done: seeded, with texts of all lengths.

import Base
import Testing

@testable import Inference

@Suite("Scheduler shares")
struct SchedulerShareSimulation {
    private struct Load {
        var random: SeededRandom
        var harness: CoreHarness
        let maxTokensPerText: Int
        var tokens: [UInt32: Int] = [:]
        var submitted: [UInt32: Int] = [:]
        var classTokens = [0, 0, 0]

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            maxTokensPerText = [8, 64, 256].randomElement(using: &random)!
            harness = CoreHarness(
                maxBatchTokens: maxTokensPerText * Int.random(in: 1...16, using: &random) / 2,
                maxQueuedTokens: 10_000_000, maxTokensPerText: maxTokensPerText)
        }

        mutating func submit(class callerClass: CallerClass, caller: UInt32) {
            let longest = caller % 2 == 0 ? maxTokensPerText : max(1, maxTokensPerText / 8)
            let counts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                Int.random(in: 1...longest, using: &random)
            }
            submitted[caller, default: 0] += counts.reduce(0, +)
            let isUrgent = caller % 3 == 0
            harness.submit(
                counts, class: callerClass, caller: caller, inMs: isUrgent ? 100_000 : nil)
        }

        mutating func runBatch() {
            let batch = harness.popBatch()
            for entry in batch.entries {
                tokens[entry.request.caller, default: 0] += entry.tokenCount
                classTokens[entry.request.callerClass.rawValue] += entry.tokenCount
            }
            // In no time: nothing expires.
            harness.complete(batch, afterMs: 0)
        }
    }

    @Test("callers who always have something waiting are never more than a quantum apart")
    func fairness() {
        for seed in SchedulerSimulationTests.seeds {
            var load = Load(seed: seed)
            let callers = UInt32.random(in: 2...6, using: &load.random)
            for caller in 0..<callers {
                for _ in 0..<400 { load.submit(class: .interactive, caller: caller) }
            }
            for _ in 0..<30 {
                load.runBatch()
                let hasMore = load.submitted.allSatisfy { caller, tokens in
                    tokens - load.tokens[caller, default: 0] > load.harness.core.maxBatchTokens
                }
                guard hasMore else { break }
                let tokens = (0..<callers).map { load.tokens[$0, default: 0] }
                let apart = tokens.max()! - tokens.min()!
                guard apart <= load.maxTokensPerText else {
                    Issue.record("seed \(seed): \(tokens); replay with RANKWIRE_SEED=\(seed)")
                    break
                }
            }
        }
    }

    @Test("no class starves: each has its share when all have more than can be done")
    func shares() {
        for seed in SchedulerSimulationTests.seeds {
            var load = Load(seed: seed)
            for callerClass in CallerClass.allCases {
                for _ in 0..<600 { load.submit(class: callerClass, caller: 1) }
            }
            for _ in 0..<60 where load.harness.core.queues.allSatisfy({ !$0.isEmpty }) {
                load.runBatch()
            }
            let all = load.classTokens.reduce(0, +)
            // A batch may be owed, and a text may be more than a batch.
            let slack = Double(load.harness.core.maxBatchTokens + load.maxTokensPerText)
            for callerClass in CallerClass.allCases {
                let share = ClassTurns.guaranteedShare[callerClass.rawValue] * Double(all)
                let has = Double(load.classTokens[callerClass.rawValue])
                let isMost = callerClass == .bidding
                #expect(
                    has >= share - slack && (isMost || has <= share + slack),
                    "seed \(seed): \(load.classTokens); replay with RANKWIRE_SEED=\(seed)")
            }
        }
    }
}
