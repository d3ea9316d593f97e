// Length-prefixed messages (gRPC over HTTP/2, "Requests": one byte of flags, four of length, big
// endian, then the message) out of body bytes that may be cut anywhere. A message that lies whole in
// the bytes given is handed on where it lies; only what is cut is gathered.

/// One direction of one call.
struct MessageDeframer: ~Copyable {
    static let prefixBytes = 5
    private static let keptBytes = 16 * 1024

    enum Outcome {
        /// The input is used up; more bytes are wanted.
        case needsMore
        /// Valid until the deframer or the input is touched again.
        case message(isCompressed: Bool, UnsafeRawBufferPointer)
        /// The prefix announces more bytes than `maxMessageBytes`.
        case tooLarge(announcedBytes: Int)
        /// Flags other than 0 and 1.
        case badFlags(UInt8)
    }

    var maxMessageBytes: Int
    private var gathered = ByteQueue()
    /// The message handed out last lies in `gathered` and is dropped at the next call.
    private var isGatheredDelivered = false

    init(maxMessageBytes: Int) { self.maxMessageBytes = maxMessageBytes }

    /// Bytes held for a message that is not complete.
    var gatheredBytes: Int { isGatheredDelivered ? 0 : gathered.count }
    var isMidMessage: Bool { gatheredBytes > 0 }

    mutating func reset() {
        gathered.removeAll(keepingBytes: Self.keptBytes)
        isGatheredDelivered = false
    }

    /// Takes the next message off the front of `input`. Storage grows with what arrives, never with
    /// what a prefix announces.
    mutating func next(_ input: inout UnsafeRawBufferPointer) -> Outcome {
        if isGatheredDelivered { reset() }
        if gathered.isEmpty, input.count >= Self.prefixBytes {
            let announced = Self.length(input)
            if let refusal = refuse(input[0], announced) { return refusal }
            let whole = Self.prefixBytes + announced
            if input.count >= whole {
                let message = UnsafeRawBufferPointer(rebasing: input[Self.prefixBytes..<whole])
                let isCompressed = input[0] == 1
                input = UnsafeRawBufferPointer(rebasing: input[whole...])
                return .message(isCompressed: isCompressed, message)
            }
        }
        return gather(&input)
    }

    private mutating func gather(_ input: inout UnsafeRawBufferPointer) -> Outcome {
        if gathered.count < Self.prefixBytes {
            take(Self.prefixBytes - gathered.count, from: &input)
            if gathered.count < Self.prefixBytes { return .needsMore }
        }
        let prefix = gathered.readable
        let announced = Self.length(prefix)
        if let refusal = refuse(prefix[0], announced) { return refusal }
        let whole = Self.prefixBytes + announced
        take(whole - gathered.count, from: &input)
        if gathered.count < whole { return .needsMore }
        isGatheredDelivered = true
        let bytes = gathered.readable
        return .message(
            isCompressed: bytes[0] == 1,
            UnsafeRawBufferPointer(rebasing: bytes[Self.prefixBytes..<whole]))
    }

    private mutating func take(_ wanted: Int, from input: inout UnsafeRawBufferPointer) {
        let taken = min(wanted, input.count)
        gathered.append(UnsafeRawBufferPointer(rebasing: input[..<taken]))
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
    }

    private func refuse(_ flags: UInt8, _ announced: Int) -> Outcome? {
        if flags > 1 { return .badFlags(flags) }
        if announced > maxMessageBytes { return .tooLarge(announcedBytes: announced) }
        return nil
    }

    private static func length(_ prefix: UnsafeRawBufferPointer) -> Int {
        Int(UInt32(bigEndian: prefix.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    /// Writes the prefix of a message of `byteCount` bytes at `pointer`.
    @inline(__always)
    static func writePrefix(
        _ pointer: UnsafeMutableRawPointer, byteCount: Int, isCompressed: Bool
    ) {
        pointer.storeBytes(of: isCompressed ? 1 : 0, as: UInt8.self)
        pointer.storeBytes(of: UInt32(byteCount).bigEndian, toByteOffset: 1, as: UInt32.self)
    }
}
