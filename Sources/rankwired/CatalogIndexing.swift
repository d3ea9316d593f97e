// What is found in the catalogue by more than identifiers: the titles that ClassifyIntent reads sentences
// with, and the words, texts and groups that candidates come from. Some hundred milliseconds for a
// hundred thousand items, so a change of the catalogue does not wait for it. It follows, once for all
// changes that came meanwhile.

import Base
import Dispatch
import Intents
import Ranking
import Service
import Store
import Synchronization

final class CatalogIndexing: Sendable {
    private let state: ServerState
    private let publishing: Publishing
    private let queue = DispatchQueue(label: "indexes", qos: .utility)
    private let isWaiting = Atomic<Bool>(false)

    init(_ state: ServerState, _ publishing: Publishing) {
        self.state = state
        self.publishing = publishing
    }

    /// The catalogue's items changed. Any thread.
    func follow() {
        guard !isWaiting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.async { [self] in
            isWaiting.store(false, ordering: .releasing)
            let models = state.models.load()
            let titles = ProductTitles(items: models.catalog.items)
            let candidates = CandidateIndex(
                table: models.catalog.items, behaviour: models.candidates.behaviour)
            publishing.exclusively { () throws(Never) in
                let current = state.models.load()
                // A reload meanwhile has made its own, with what it read of the journal.
                guard
                    current.candidates.behaviour.neighbours
                        === models.candidates.behaviour.neighbours
                else { return }
                state.models.store(current.with(EntityReader(products: titles), candidates))
            }
        }
    }
}
