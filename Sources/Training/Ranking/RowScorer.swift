private import Dispatch
internal import Inference
internal import Ranking
internal import Store
private import Synchronization

/// Logits of rows whose features are known, by the functions that serve.
struct RowScorer {
    let head: RankingHead
    let table: ItemTable

    func logits(_ rows: RankingRows) -> [Float] {
        let perTask = 64
        let taskCount = (rows.questions.count + perTask - 1) / perTask
        let results = Mutex([Int: [Float]]())
        let (head, table) = (head, table)
        DispatchQueue.concurrentPerform(iterations: taskCount) { task in
            var logits: [Float] = []
            for question in task * perTask..<min((task + 1) * perTask, rows.questions.count) {
                var scorer = FeatureScorer(
                    head: head, interest: rows.interests[question], vectors: table.vectors)
                for row in rows.starts[question]..<rows.starts[question + 1] {
                    logits.append(
                        scorer.logit(rows.features[row], vectorRow: rows.vectorRows[row]))
                }
            }
            results.withLock { $0[task] = logits }
        }
        return results.withLock { found in
            (0..<taskCount).flatMap { found[$0] ?? [] }
        }
    }
}
