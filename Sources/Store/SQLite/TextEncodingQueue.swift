internal import Base
internal import GRDB
internal import Inference

/// Encodes the texts that wait in a store. What is done is committed batch by batch: cut short, the
/// next run goes on where this one ended.
struct TextEncodingQueue {
    /// Texts handed to the encoder at once. They come in order of length, so that those encoded
    /// together are alike and the time a batch takes grows steadily.
    private static let batchCount = 1_024

    let store: SQLiteStore
    let encoder: any TextEncoding

    /// Number of texts encoded.
    /// - Parameter progress: called with the texts done and the texts there are to do.
    func run(progress: (_ done: Int, _ total: Int) -> Void) throws -> Int {
        let total = try pendingCount()
        if total == 0 { return 0 }
        let profilesWait = try areFactsWaiting()
        var done = 0
        while true {
            let batch = try nextBatch()
            if batch.isEmpty { break }
            let vectors = try encoder.encode(batch.map(\.body)) { progress(done + $0, total) }
            try save(vectors, of: batch)
            done += batch.count
            progress(done, total)
        }
        if profilesWait { try markAllProfilesStale() }
        return done
    }

    private struct PendingText {
        let id: Int64
        let body: String
    }

    private func pendingCount() throws(Fault) -> Int {
        try store.read { database in
            let count = try SQLStatement(
                database, "SELECT count(*) FROM texts WHERE vector IS NULL")
            return try count.step() ? Int(count.int64(0)) : 0
        }
    }

    private func nextBatch() throws(Fault) -> [PendingText] {
        try store.read { database in
            let select = try SQLStatement(
                database,
                """
                SELECT id, body FROM texts WHERE vector IS NULL
                ORDER BY length(body) LIMIT \(Self.batchCount)
                """)
            var batch: [PendingText] = []
            while try select.step() {
                batch.append(PendingText(id: select.int64(0), body: select.text(1)))
            }
            return batch
        }
    }

    private func save(_ vectors: [[Float]], of batch: [PendingText]) throws(Fault) {
        guard vectors.count == batch.count,
            vectors.allSatisfy({ $0.count == encoder.dimension && $0.allSatisfy(\.isFinite) })
        else {
            throw Fault(
                .internal, reason: "ENCODER_FAILURE",
                "the encoder did not give \(batch.count) finite vectors of "
                    + "\(encoder.dimension) values")
        }
        try store.write { database in
            let update = try SQLStatement(
                database, "UPDATE texts SET scale = ?, vector = ?, body = NULL WHERE id = ?")
            for (text, floats) in zip(batch, vectors) {
                let vector = Int8Vector(quantizing: floats)
                try update.bind(Double(vector.scale), at: 1)
                try update.bind(blob: vector.values.map { UInt8(bitPattern: $0) }, at: 2)
                try update.bind(text.id, at: 3)
                try update.run()
            }
        }
    }

    /// Whether events name items whose vectors are not there yet: an import was cut short, and
    /// profiles may have been folded without them.
    private func areFactsWaiting() throws(Fault) -> Bool {
        try store.read { database in
            let select = try SQLStatement(
                database,
                """
                SELECT 1 FROM texts JOIN item_facts ON item_facts.text = texts.id
                WHERE texts.vector IS NULL LIMIT 1
                """)
            defer { select.reset() }
            return try select.step()
        }
    }

    private func markAllProfilesStale() throws(Fault) {
        _ = try store.write { try SQLStatement($0, "UPDATE users SET stale = 1").run() }
    }
}
