// Which texts are the same: when one of them is put in a batch all that wait for it leave their
// queues, and those that come while it runs never enter one.

/// A text of a request.
struct TextPlace {
    let request: QueuedRequest
    let text: Int

    var key: TextKey { request.keys[text] }
    var tokenCount: Int { request.texts.tokenCount(at: text) }
    var isWaiting: Bool { !request.isAnswered && !request.isTaken[text] }
}

/// See above.
struct TextIndex {
    private struct Waiting {
        /// Apart from the others: most texts are the only one of their kind.
        let first: TextPlace
        var others: [TextPlace] = []
        /// Of them; the others' requests were answered meanwhile.
        var living = 1

        /// Those that still wait.
        var places: [TextPlace] {
            let waiting = others.filter(\.isWaiting)
            return first.isWaiting ? [first] + waiting : waiting
        }
    }

    private var waiting: [TextKey: Waiting] = [:]
    /// Who is given the vector of a text beside the one whose text is in the batch.
    private var running: [TextKey: [TextPlace]] = [:]

    var isEmpty: Bool { waiting.isEmpty && running.isEmpty }
    /// All that is kept, what is out of date included.
    var entryCount: Int { waiting.values.reduce(running.count) { $0 + 1 + $1.others.count } }

    func isRunning(_ key: TextKey) -> Bool { running[key] != nil }

    mutating func wait(_ place: TextPlace) {
        if waiting[place.key] == nil {
            waiting[place.key] = Waiting(first: place)
        } else {
            waiting[place.key]?.others.append(place)
            waiting[place.key]?.living += 1
        }
    }

    /// For a waiting text whose request is answered; call after marking it.
    mutating func leave(_ key: TextKey) {
        guard var entry = waiting.removeValue(forKey: key) else { return }
        entry.living -= 1
        if entry.living == 0 { return }
        if entry.others.count > 2 * entry.living + 16 {
            entry.others.removeAll { $0.request.isAnswered }
        }
        waiting[key] = entry
    }

    /// Puts a text in a batch; call after taking it from its queue.
    /// - Returns: the same text elsewhere, to be taken from its queues too.
    mutating func start(_ key: TextKey) -> [TextPlace] {
        let others = waiting.removeValue(forKey: key)?.places ?? []
        running[key] = others
        return others
    }

    /// A text that is in a batch already is wanted by one more.
    mutating func join(_ place: TextPlace) { running[place.key]?.append(place) }

    /// Whether anyone but the request in the batch still wants a running text.
    func isWanted(_ key: TextKey) -> Bool {
        running[key]?.contains { !$0.request.isAnswered } ?? false
    }

    /// - Returns: who else is given the vector.
    mutating func finish(_ key: TextKey) -> [TextPlace] { running.removeValue(forKey: key) ?? [] }
}
