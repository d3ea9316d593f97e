// References that are not counted. On the way from a frame to its call every object is kept alive by
// another that is higher up; counting references there, atomically as Swift does, was a third of a
// call's time.

extension Unmanaged {
    /// Uses the object without retaining it. The caller knows who keeps it alive meanwhile.
    @inline(__always)
    func borrow<Result>(_ body: (Instance) -> Result) -> Result {
        _withUnsafeGuaranteedRef { body($0) }
    }
}
