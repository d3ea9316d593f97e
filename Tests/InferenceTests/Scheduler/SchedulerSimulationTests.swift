import Foundation
import Testing

@Suite("Scheduler simulation")
struct SchedulerSimulationTests {
    /// RANKWIRE_SEED replays one; RANKWIRE_SEEDS says how many to try.
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["RANKWIRE_SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...(environment["RANKWIRE_SEEDS"].flatMap(UInt64.init) ?? 100))
    }()

    @Test("what must hold, holds in every schedule")
    func schedules() {
        for seed in Self.seeds {
            var simulation = SchedulerSimulation(seed: seed)
            do {
                try simulation.run(arrivals: 200)
            } catch {
                Issue.record("seed \(seed): \(error); replay with RANKWIRE_SEED=\(seed)")
            }
        }
    }
}
