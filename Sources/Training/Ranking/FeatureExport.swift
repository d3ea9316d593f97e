// Rows as NumPy files, so that other programs train and score on the same features and candidates.

public import Base
private import Foundation
internal import Ranking
internal import Store

public enum FeatureExport {
    /// Writes `PREFIX_features.npy`, `_labels`, `_weights`, `_items`, `_starts`, `_users` and `_times`.
    static func write(_ rows: RankingRows, prefix: String, directory: String) throws(Fault) {
        func path(_ name: String) -> String { "\(directory)/\(prefix)_\(name).npy" }
        let width = FeatureVector.count
        try NumPyArray.write(
            rows.features.flatMap(\.array), shape: [rows.count, width], to: path("features"))
        try NumPyArray.write(rows.labels, shape: [rows.count], to: path("labels"))
        try NumPyArray.write(rows.weights, shape: [rows.count], to: path("weights"))
        try NumPyArray.write(rows.items, shape: [rows.count], to: path("items"))
        let starts = rows.starts.map { Int64($0) }
        try NumPyArray.write(starts, shape: [starts.count], to: path("starts"))
        let users = rows.questions.map { Int32($0.user) }
        try NumPyArray.write(users, shape: [users.count], to: path("users"))
        let times = rows.questions.map(\.unixNanoseconds)
        try NumPyArray.write(times, shape: [times.count], to: path("times"))
    }

    /// Purchases of items: `purchases_users.npy`, `_items` and `_times`, `features.json` and `items.json`: the
    /// features' names and the items' identifiers by row.
    static func write(_ events: RankingEvents, directory: String) throws(Fault) {
        var (users, items, times): ([Int32], [Int32], [Int64]) = ([], [], [])
        for (user, history) in events.histories.enumerated() {
            for (event, row) in zip(history.events, events.rows[user])
            where event.event.type == .purchase && row >= 0 {
                users.append(Int32(user))
                items.append(row)
                times.append(event.event.unixNanoseconds)
            }
        }
        let count = users.count
        try NumPyArray.write(users, shape: [count], to: "\(directory)/purchases_users.npy")
        try NumPyArray.write(items, shape: [count], to: "\(directory)/purchases_items.npy")
        try NumPyArray.write(times, shape: [count], to: "\(directory)/purchases_times.npy")
        do {
            try JSONEncoder().encode(FeatureSchema.names)
                .write(to: URL(filePath: "\(directory)/features.json"))
            let ids = (0..<events.table.count).map { events.table.id(at: $0) }
            try JSONEncoder().encode(ids).write(to: URL(filePath: "\(directory)/items.json"))
        } catch { throw NumPyArray.unwritable(directory, error) }
    }
}

extension RankingExperiment {
    /// Rows of training and choosing, and all purchases.
    public func export(to directory: String) throws(Fault) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch { throw NumPyArray.unwritable(directory, error) }
        try FeatureExport.write(train, prefix: "train", directory: directory)
        try FeatureExport.write(choice, prefix: "choice", directory: directory)
        try FeatureExport.write(purchases, directory: directory)
    }
}

extension RankingTest {
    public func export(to directory: String) throws(Fault) {
        try FeatureExport.write(rows, prefix: "test", directory: directory)
    }
}

/// NumPy's format, version 1.0: little-endian, row-major.
public enum NumPyArray {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]

    static func write(_ values: [Float], shape: [Int], to path: String) throws(Fault) {
        try write(values.map(\.bitPattern), "<f4", shape, path)
    }

    static func write(_ values: [Int32], shape: [Int], to path: String) throws(Fault) {
        try write(values, "<i4", shape, path)
    }

    static func write(_ values: [Int64], shape: [Int], to path: String) throws(Fault) {
        try write(values, "<i8", shape, path)
    }

    private static func write(
        _ values: [some FixedWidthInteger], _ type: String, _ shape: [Int], _ path: String
    ) throws(Fault) {
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
        // The whole of it is a multiple of 64 bytes.
        header += String(repeating: " ", count: 63 - (magic.count + 2 + header.utf8.count) % 64)
        header += "\n"
        var data = Data(magic)
        data.append(UInt8(header.utf8.count & 0xFF))
        data.append(UInt8(header.utf8.count >> 8))
        data.append(contentsOf: header.utf8)
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        do { try data.write(to: URL(filePath: path)) } catch { throw unwritable(path, error) }
    }

    /// One dimension of 32-bit floats.
    public static func readFloats(_ path: String) throws(Fault) -> [Float] {
        func fault(_ what: String) -> Fault { .invalid("scores", "\(path) \(what)") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw fault("cannot be read")
        }
        let bytes = [UInt8](data)
        guard bytes.starts(with: magic), bytes.count > 10 else { throw fault("is no .npy file") }
        let start = 10 + (Int(bytes[8]) | Int(bytes[9]) << 8)
        guard start <= bytes.count,
            let header = String(validating: bytes[10..<start], as: UTF8.self),
            header.contains("'<f4'"), header.contains("False"), (bytes.count - start) % 4 == 0
        else { throw fault("does not hold 32-bit floats") }
        return (0..<(bytes.count - start) / 4).map { index in
            let first = start + 4 * index
            var bits: UInt32 = 0
            for shift in 0..<4 { bits |= UInt32(bytes[first + shift]) << (8 * shift) }
            return Float(bitPattern: bits)
        }
    }

    static func unwritable(_ path: String, _ error: any Error) -> Fault {
        Fault(
            .failedPrecondition, reason: "OUTPUT_UNWRITABLE",
            "\(path) cannot be written: \(error.localizedDescription)")
    }
}
