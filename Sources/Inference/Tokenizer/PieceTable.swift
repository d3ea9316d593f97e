// The hashed vocabulary: pieces by their bytes, in one open-addressed array.
//
// Keys are compared whole, so a text crafted to collide costs time, never a wrong id. A piece that
// starts a word and one that goes on in it ("##ing") are told apart by the seed of their hash and a
// bit, so that looking up a piece inside a word copies nothing.

private import Glibc

/// Immutable map from a piece's bytes to its id.
struct PieceTable: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        /// High half of the hash: most misses end here.
        var tag: UInt32 = 0
        var id: Int32 = 0
        var offset: UInt32 = 0
        var byteCount: UInt16 = 0
        /// 0 empty, 1 starts a word, 2 goes on.
        var kind: UInt16 = 0
    }

    /// What a lookup may read past a key's last byte.
    static let readableSlackBytes = 8

    private let slots: FrozenTable<Slot>
    private let bytes: FrozenTable<UInt8>
    private let mask: Int
    /// Longest piece of each sort: no longer prefix needs to be tried.
    let maxStartBytes: Int
    let maxContinuationBytes: Int

    struct Piece {
        var bytes: [UInt8]
        var isContinuation: Bool
        var id: Int32
    }

    /// Of equal pieces the last one counts, as in the reference.
    init(_ pieces: [Piece]) {
        var capacity = 16
        while capacity < pieces.count * 2 { capacity *= 2 }
        mask = capacity - 1
        var slots = [Slot](repeating: Slot(), count: capacity)
        var pool: [UInt8] = []
        var longest = (start: 0, continuation: 0)
        for piece in pieces {
            let offset = pool.count
            pool += piece.bytes
            Self.insert(piece, offset: offset, into: &slots, pool: pool)
            if piece.isContinuation {
                longest.continuation = max(longest.continuation, piece.bytes.count)
            } else {
                longest.start = max(longest.start, piece.bytes.count)
            }
        }
        self.slots = FrozenTable(slots)
        bytes = FrozenTable(pool)
        maxStartBytes = longest.start
        maxContinuationBytes = longest.continuation
    }

    private static func insert(
        _ piece: Piece, offset: Int, into slots: inout [Slot], pool: [UInt8]
    ) {
        let padded = piece.bytes + [UInt8](repeating: 0, count: readableSlackBytes)
        let hash = padded.withUnsafeBufferPointer {
            Self.hash($0.baseAddress!, piece.bytes.count, piece.isContinuation)
        }
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        let new = Slot(
            tag: UInt32(truncatingIfNeeded: hash >> 32), id: piece.id, offset: UInt32(offset),
            byteCount: UInt16(piece.bytes.count), kind: piece.isContinuation ? 2 : 1)
        while slots[index].kind != 0 {
            let old = slots[index]
            let range = Int(old.offset)..<Int(old.offset) + Int(old.byteCount)
            if old.kind == new.kind && pool[range].elementsEqual(piece.bytes) { break }
            index = (index + 1) & (slots.count - 1)
        }
        slots[index] = new
    }

    /// - Parameter key: `count` bytes, with `readableSlackBytes` readable after them.
    /// - Returns: the piece's id, or -1.
    @inline(__always)
    func find(_ key: UnsafePointer<UInt8>, _ count: Int, isContinuation: Bool) -> Int32 {
        let hash = Self.hash(key, count, isContinuation)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        let kind: UInt16 = isContinuation ? 2 : 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot.kind == 0 { return -1 }
            if slot.tag == tag && Int(slot.byteCount) == count && slot.kind == kind
                && memcmp(bytes.pointer + Int(slot.offset), key, count) == 0
            {
                return slot.id
            }
            index = (index + 1) & mask
        }
    }

    /// Folded 64 x 64 -> 128 bit multiplications over 8 bytes at a time, as in wyhash (Wang Yi).
    @inline(__always)
    private static func hash(
        _ key: UnsafePointer<UInt8>, _ count: Int, _ isContinuation: Bool
    ) -> UInt64 {
        var state: UInt64 = isContinuation ? 0xA076_1D64_78BD_642F : 0xE703_7ED1_A0B4_28DB
        state ^= UInt64(truncatingIfNeeded: count) &* 0x8EBC_6AF0_9C88_C6E3
        var raw = UnsafeRawPointer(key)
        var left = count
        while left > 8 {
            state = folded(state ^ raw.loadUnaligned(as: UInt64.self))
            raw += 8
            left -= 8
        }
        let unused = UInt64(truncatingIfNeeded: 64 - left * 8)
        let last = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
        return folded(state ^ (unused >= 64 ? 0 : last << unused))
    }

    @inline(__always)
    private static func folded(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
