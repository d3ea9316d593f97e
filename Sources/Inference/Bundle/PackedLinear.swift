// How fp32 weights become what the kernels read. Only import comes here.

/// A linear layer in fp32: `weights[c][k]` of `channels` rows and `depth` columns.
struct FloatLinear {
    var weights: [Float]
    var biases: [Float]
    var depth: Int
    var channels: Int

    /// Rows of several layers with one input, one after another.
    static func stacked(_ layers: [FloatLinear]) -> FloatLinear {
        FloatLinear(
            weights: layers.flatMap(\.weights), biases: layers.flatMap(\.biases),
            depth: layers[0].depth, channels: layers.reduce(0) { $0 + $1.channels })
    }

    /// Channels and inputs moved to where the padded layout has them; all else is zero.
    func placed(
        channels newChannels: Int, depth newDepth: Int, channelAt: (Int) -> Int = { $0 },
        inputAt: (Int) -> Int = { $0 }
    ) -> FloatLinear {
        var result = FloatLinear(
            weights: [Float](repeating: 0, count: newChannels * newDepth),
            biases: [Float](repeating: 0, count: newChannels), depth: newDepth,
            channels: newChannels)
        let inputs = (0..<depth).map(inputAt)
        for channel in 0..<channels {
            let target = channelAt(channel)
            result.biases[target] = biases[channel]
            for k in 0..<depth {
                result.weights[target * newDepth + inputs[k]] = weights[channel * depth + k]
            }
        }
        return result
    }

    /// The layer whose input is multiplied by `factors`.
    func dividingInputs(by factors: [Float]) -> FloatLinear {
        precondition(factors.count == depth, "one factor an input")
        var result = self
        for i in weights.indices { result.weights[i] /= factors[i % depth] }
        return result
    }

    /// Of symmetric int8 weights, one a channel: the largest magnitude is 127 of them.
    var symmetricScales: [Float] {
        (0..<channels).map { channel in
            let row = weights[channel * depth..<(channel + 1) * depth]
            return row.reduce(0) { max($0, abs($1)) } / 127
        }
    }

    func scaled(by factor: Float) -> FloatLinear {
        FloatLinear(
            weights: weights.map { $0 * factor }, biases: biases.map { $0 * factor },
            depth: depth, channels: channels)
    }
}

/// The same quantised per output channel, symmetric: weight = scale * int8, in the kernels' order.
struct PackedLinear {
    static let channelBlock = 64
    static let depthGroup = 4

    var weights: [Int8]
    var scales: [Float]
    var sums: [Float]
    var biases: [Float]
    /// The input is multiplied by these before it is quantised; the weights are divided by them.
    var inputFactors: [Float]
    var depth: Int
    var channels: Int

    /// - Precondition: the widths are padded: channels to 64, depth to 4.
    ///
    /// - Parameters:
    ///   - scales: one a channel; weights are rounded to multiples, at most 127 of them.
    ///   - inputFactors: what the weights were divided by already.
    init(_ linear: FloatLinear, scales: [Float], inputFactors: [Float]) {
        precondition(scales.count == linear.channels, "one scale a channel")
        self.inputFactors = inputFactors
        self.scales = scales
        precondition(linear.channels % Self.channelBlock == 0, "channels are not padded")
        precondition(linear.depth % Self.depthGroup == 0, "depth is not padded")
        (depth, channels, biases) = (linear.depth, linear.channels, linear.biases)
        weights = [Int8](repeating: 0, count: linear.weights.count)
        sums = []
        linear.weights.withUnsafeBufferPointer { source in
            for channel in 0..<linear.channels {
                quantize(
                    UnsafeBufferPointer(rebasing: source[channel * depth..<(channel + 1) * depth]),
                    channel)
            }
        }
    }

    /// [channels / 64, depth / 4, 64, 4]
    static func packedShape(depth: Int, channels: Int) -> [Int] {
        [channels / channelBlock, depth / depthGroup, channelBlock, depthGroup]
    }

    private mutating func quantize(_ row: UnsafeBufferPointer<Float>, _ channel: Int) {
        let scale = scales[channel]
        let panel = channel / Self.channelBlock * Self.channelBlock * depth
        let lane = channel % Self.channelBlock * Self.depthGroup
        var sum = 0
        weights.withUnsafeMutableBufferPointer { packed in
            for k in 0..<row.count {
                let steps = scale > 0 ? (row[k] / scale).rounded(.toNearestOrEven) : 0
                let value = Int8(max(-127, min(127, steps)))
                let group = k / Self.depthGroup * Self.channelBlock * Self.depthGroup
                packed[panel + group + lane + k % Self.depthGroup] = value
                sum += Int(value)
            }
        }
        sums.append(scale * Float(sum))
    }
}
