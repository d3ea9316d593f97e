// How the classes share the workers: the most urgent first, but each lower class is owed a share of
// every batch that is formed while it waits, so that it is never starved. What it is owed is kept
// free for it in the next batches. Between slices and batches of one class the turn alternates.

/// See above.
struct ClassTurns {
    /// Of the tokens of batches formed while the class waits; the most urgent needs none.
    static let guaranteedShare: [Double] = [0, 1.0 / 4, 1.0 / 16]
    /// Of slices and batches, one of so many goes to the least urgent slice that waits.
    static let slicesPerLeastUrgent = 16

    var maxBatchTokens: Int
    private var owedTokens = [Double](repeating: 0, count: CallerClass.allCases.count)
    private var lastWasSlice = false
    private var popsSinceLeastUrgent = 0

    init(maxBatchTokens: Int) { self.maxBatchTokens = maxBatchTokens }

    /// What each class may take before the others, whole tokens.
    var guaranteedTokens: [Int] { owedTokens.map { max(0, Int($0)) } }

    /// Whether a class is owed a whole batch: then it waits for nobody's deadline any more.
    func isOverdue(_ index: Int) -> Bool { owedTokens[index] >= Double(maxBatchTokens) }

    mutating func took(_ tokens: Int, from index: Int) {
        owedTokens[index] = max(min(0, owedTokens[index]), owedTokens[index] - Double(tokens))
    }

    /// Before the others, and more than a batch: it goes into debt.
    mutating func tookAhead(_ tokens: Int, from index: Int) {
        owedTokens[index] -= Double(tokens)
    }

    mutating func batchFormed(tokens: Int, stillWaiting: [Bool]) {
        for index in owedTokens.indices {
            let owed = owedTokens[index] + Double(tokens) * Self.guaranteedShare[index]
            // No more than a batch: nobody is owed what they did not ask for in time.
            owedTokens[index] = stillWaiting[index] ? min(owed, Double(maxBatchTokens)) : 0
        }
    }

    /// The class whose slice is next, or nil when texts are.
    mutating func sliceClass(slices: [Int], texts: [Int]) -> Int? {
        guard let urgent = slices.firstIndex(where: { $0 > 0 }),
            let leastUrgent = slices.lastIndex(where: { $0 > 0 })
        else {
            lastWasSlice = false
            return nil
        }
        popsSinceLeastUrgent += 1
        if popsSinceLeastUrgent >= Self.slicesPerLeastUrgent {
            popsSinceLeastUrgent = 0
            lastWasSlice = true
            return leastUrgent
        }
        let urgentTexts = texts.firstIndex { $0 > 0 } ?? texts.count
        lastWasSlice = urgent < urgentTexts || (urgent == urgentTexts && !lastWasSlice)
        return lastWasSlice ? urgent : nil
    }
}
