public import Base
private import Glibc

/// The pieces of a WordPiece model: line n of `vocab.txt` is the piece with id n.
public struct Vocabulary: Sendable {
    /// Number of lines, which is one more than the highest id.
    public let count: Int
    let pieces: PieceTable
    let scripts: ReadableScripts

    /// Reads `vocab.txt`: UTF-8, a piece a line.
    ///
    /// - Throws: `Fault` that names the file, and the line where a line is at fault.
    public init(file path: String, limits: Limits = Limits()) throws {
        let bytes = try Self.read(path, maxBytes: limits.maxVocabularyBytes)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        try self.init(lines: lines, source: path)
    }

    /// - Parameter lines: the pieces, in order of their ids.
    public init(lines: some Collection<String>) throws {
        try self.init(lines: lines.map { ArraySlice($0.utf8) }, source: "vocabulary")
    }

    private init(lines: [ArraySlice<UInt8>], source: String) throws {
        guard lines.count > 0 else { throw Self.damaged(source, "holds no piece") }
        var pieces: [PieceTable.Piece] = []
        pieces.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard text.count <= UInt16.max else {
                throw Self.damaged(source, "line \(index + 1) is longer than 65535 bytes")
            }
            guard String(validating: text, as: UTF8.self) != nil else {
                throw Self.damaged(source, "line \(index + 1) is not UTF-8")
            }
            pieces.append(Self.piece(text, id: Int32(index)))
        }
        count = lines.count
        self.pieces = PieceTable(pieces)
        scripts = ReadableScripts(
            pieces: pieces.lazy.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    /// The id of a piece as `vocab.txt` writes it, with its `##` where it goes on in a word.
    public func id(of token: String) -> Int32? {
        let piece = Self.piece(ArraySlice(token.utf8), id: 0)
        let padded = piece.bytes + [UInt8](repeating: 0, count: PieceTable.readableSlackBytes)
        let id = padded.withUnsafeBufferPointer {
            pieces.find(
                $0.baseAddress!, piece.bytes.count, isContinuation: piece.isContinuation)
        }
        return id < 0 ? nil : id
    }

    private static func piece(_ text: ArraySlice<UInt8>, id: Int32) -> PieceTable.Piece {
        let isContinuation = text.count > 2 && text.starts(with: [0x23, 0x23])
        return PieceTable.Piece(
            bytes: Array(isContinuation ? text.dropFirst(2) : text),
            isContinuation: isContinuation, id: id)
    }

    private static func damaged(_ source: String, _ what: String) -> Fault {
        Fault(.failedPrecondition, reason: "BAD_VOCABULARY", "\(source): \(what)")
    }

    private static func read(_ path: String, maxBytes: Int) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else {
            let why = String(cString: strerror(errno))
            throw damaged(path, "cannot be opened: \(why)")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: maxBytes + 1)
        let count = bytes.withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
        guard ferror(file) == 0 else { throw damaged(path, "cannot be read") }
        guard count <= maxBytes else { throw damaged(path, "is longer than \(maxBytes) bytes") }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
