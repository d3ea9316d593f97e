import Inference

extension ProgressBar {
    /// Steps of a model's import; measuring fidelity takes nearly all of the time.
    func show(_ progress: ModelImporter.Progress) {
        switch progress {
        case .reading: show(0, detail: "reading weights")
        case .calibrating(let text, let count):
            show(0.4 * fraction(text, count), detail: "calibrating on text \(text) of \(count)")
        case .quantizing(let layer, let count):
            show(
                0.4 + 0.2 * fraction(layer, count), detail: "quantising layer \(layer) of \(count)")
        case .measuring(let text, let count):
            show(0.6 + 0.4 * fraction(text, count), detail: "measuring text \(text) of \(count)")
        case .writing: show(1, detail: "writing")
        }
    }

    private func fraction(_ done: Int, _ total: Int) -> Double {
        total > 0 ? Double(done) / Double(total) : 0
    }
}
