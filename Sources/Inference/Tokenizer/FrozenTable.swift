/// Numbers that are written once and then read by every thread without a copy, a count or a bounds
/// check in release builds: the tokenizer's tables. Indices come from the tables' own builders.
final class FrozenTable<Element: BitwiseCopyable & Sendable>: Sendable {
    // Safe to share: nobody can write after `init`, and the memory lives as long as the object.
    nonisolated(unsafe) let pointer: UnsafePointer<Element>
    let count: Int

    init(_ elements: [Element]) {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, elements.count))
        _ = copy.initialize(from: elements)
        pointer = UnsafePointer(copy.baseAddress!)
        count = elements.count
    }

    deinit { pointer.deallocate() }

    @inline(__always)
    subscript(index: Int) -> Element {
        assert(index >= 0 && index < count)
        return pointer[index]
    }
}
