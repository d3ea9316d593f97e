// The index of titles that ClassifyIntent reads sentences with: tens of milliseconds for a hundred
// thousand items, so a change of the catalogue does not wait for it. It follows, once for all changes
// that came meanwhile.

import Base
import Dispatch
import Intents
import Service
import Store
import Synchronization

final class TitleIndexing: Sendable {
    private let state: ServerState
    private let publishing: Publishing
    private let queue = DispatchQueue(label: "titles", qos: .utility)
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
            let titles = ProductTitles(items: state.models.load().catalog.items)
            publishing.exclusively { () throws(Never) in
                state.models.store(state.models.load().with(EntityReader(products: titles)))
            }
        }
    }
}
