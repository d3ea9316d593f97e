import Base
import Inference
import Ranking
import Store
import Testing

@Suite struct RankerTests {
    @Test(arguments: 0..<40) func explanationsAddUpToTheLogitForEveryHead(seed: UInt64) throws {
        var world = RandomWorld(seed: seed)
        let table = world.table(count: 60)
        for head in [.preference, world.head(), world.head()] as [AdditiveHead] {
            let subject = world.subject()
            let candidates = world.candidates(of: table, count: 80, inlinePercent: 30)
            let ranked = Ranker(head: head).rank(
                subject, table: table, candidates: candidates, limit: 0, explain: 80)
            let explanation = try #require(ranked.explanation)
            #expect(explanation.rowCount == 80)
            #expect(explanation.bias == head.bias)
            for (index, row) in ranked.rows.enumerated() {
                let start = index * AdditiveHead.featureCount
                let contributions = explanation.contributions[
                    start..<start + AdditiveHead.featureCount]
                let sum = contributions.reduce(explanation.bias, +)
                #expect(abs(sum - row.logit) <= 1e-5)
                // Stronger than promised: the same additions in the same order.
                #expect(sum == row.logit)
                #expect(row.probability == AdditiveHead.probability(logit: row.logit))
            }
        }
    }

    /// Codes differ from table to table; what is kept of one must not be used for another.
    @Test(arguments: 0..<10) func whatIsKeptBesideAProfileChangesNoScore(seed: UInt64) {
        var world = RandomWorld(seed: 4_000 + seed)
        let tables = (0..<3).map { world.table(count: 40 + $0) }
        let profile = world.subject().profile
        let version = ProfileVersion(profile)
        for turn in 0..<12 {
            let table = tables[Int.random(in: 0..<3, using: &world.random)]
            let candidates = world.candidates(of: table, count: 30, inlinePercent: 30)
            let text = turn % 4 == 3 ? world.vector() : nil
            let fresh = Ranker().rank(
                Subject(profile: profile, text: text), table: table, candidates: candidates,
                limit: 0, explain: 30)
            let again = Ranker().rank(
                Subject(version, text: text), table: table, candidates: candidates, limit: 0,
                explain: 30)
            #expect(again == fresh)
        }
        #expect(version.derived != nil)
    }

    @Test(arguments: 0..<40) func everyNumberIsFiniteAndInItsRange(seed: UInt64) throws {
        var world = RandomWorld(seed: 1_000 + seed)
        let table = world.table(count: 50)
        let subject = world.subject()
        let candidates = world.candidates(of: table, count: 50, inlinePercent: 40)
        let ranked = Ranker().rank(
            subject, table: table, candidates: candidates, limit: 0, explain: 50)
        for row in ranked.rows {
            #expect(row.logit.isFinite)
            #expect((0...1).contains(row.probability))
        }
        let values = try #require(ranked.explanation).values
        for (index, value) in values.enumerated() {
            #expect(FeatureSchema.base[index % AdditiveHead.featureCount].range.contains(value))
        }
    }

    @Test func nothingKnownGivesTheMissingValues() throws {
        let table = ItemTable(
            items: [Item(id: "a")], vectors: Int8VectorTable(dimension: 0, rows: []),
            vectorRows: [-1], popularity: [0])
        var candidates = CandidateList()
        candidates.append(row: 0, requestIndex: 0)
        candidates.append(EncodedItem(Item(id: "b"), vector: nil), requestIndex: 1)
        let ranked = Ranker().rank(
            Subject(profile: Profile()), table: table, candidates: candidates, limit: 0, explain: 2)
        let missing = FeatureSchema.base.map(\.missing)
        #expect(try #require(ranked.explanation).values == missing + missing)
        #expect(ranked.rows.map(\.requestIndex) == [0, 1])
    }

    @Test(arguments: 0..<20) func slicesAndLimitsDoNotChangeTheRanking(seed: UInt64) {
        var world = RandomWorld(seed: 2_000 + seed)
        let table = world.table(count: 40)
        let subject = world.subject()
        let candidates = world.candidates(of: table, count: 100, inlinePercent: 20)
        let whole = Ranker().rank(
            subject, table: table, candidates: candidates, limit: 0, explain: 0)
        #expect(whole.rows.count == 100)
        #expect(whole.explanation == nil)
        for (before, after) in zip(whole.rows, whole.rows.dropFirst()) {
            #expect(
                before.logit > after.logit
                    || (before.logit == after.logit && before.requestIndex < after.requestIndex))
        }
        var job = Ranker().start(
            subject, table: table, candidates: candidates, limit: 7, explain: 3)
        while !job.isDone { job.advance(maxCandidates: 9) }
        let sliced = job.finish()
        #expect(sliced.rows == Array(whole.rows.prefix(7)))
        #expect(sliced.explanation?.rowCount == 3)
    }

    @Test func anInlineItemScoresLikeTheSameItemOfTheCatalogue() {
        var world = RandomWorld(seed: 7)
        let table = world.table(count: 60)
        let subject = world.subject()
        var known = CandidateList()
        var described = CandidateList()
        for row in 0..<60 {
            known.append(row: row, requestIndex: row)
            described.append(
                EncodedItem(table.item(at: row), vector: table.vector(at: row)), requestIndex: row)
        }
        // Popularity is all that the catalogue alone knows.
        let head = AdditiveHead(name: "no popularity", bias: -1, weights: [1, 2, 3, 4, 5, 0])
        let ranker = Ranker(head: head)
        let ofTable = ranker.rank(subject, table: table, candidates: known, limit: 0, explain: 0)
        let inline = ranker.rank(subject, table: table, candidates: described, limit: 0, explain: 0)
        #expect(ofTable.rows == inline.rows)
    }

    @Test func anEmptyListRanksToNothing() {
        let ranked = Ranker().rank(
            Subject(profile: Profile()), table: .empty, candidates: CandidateList(), limit: 5,
            explain: 5)
        #expect(ranked.rows.isEmpty)
        #expect(ranked.explanation?.rowCount == 0)
    }
}
