/// An array of values that are costly to copy. Copies share all chunks but those that were changed
/// since.
struct ChunkedArray<Element: Sendable>: Sendable {
    private static var chunkCount: Int { 512 }

    private var chunks: [[Element]] = []
    private(set) var count = 0

    init(_ elements: some Sequence<Element>) { for element in elements { append(element) } }

    subscript(index: Int) -> Element {
        get { chunks[index / Self.chunkCount][index % Self.chunkCount] }
        set { chunks[index / Self.chunkCount][index % Self.chunkCount] = newValue }
    }

    mutating func append(_ element: Element) {
        if count == chunks.count * Self.chunkCount { chunks.append([]) }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    /// Takes an element out; the last one takes its place.
    mutating func swapRemove(at index: Int) {
        let last = chunks[chunks.count - 1].removeLast()
        count -= 1
        if index < count { self[index] = last }
        if chunks[chunks.count - 1].isEmpty { chunks.removeLast() }
    }
}

extension Array {
    /// Takes an element out; the last one takes its place.
    mutating func swapRemove(at index: Int) {
        let last = removeLast()
        if index < count { self[index] = last }
    }
}
