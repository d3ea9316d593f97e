import Foundation

/// NumPy's .npy format, version 1.0 (numpy.lib.format): magic, header length, a Python literal
/// padded to a multiple of 64 bytes, the data.
enum NumPyFile {
    static func write(_ values: [Float], columns: Int, to path: String) throws {
        let shape = "(\(values.count / columns), \(columns))"
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        bytes += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
        bytes += Array(header.utf8)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        try Data(bytes).write(to: URL(filePath: path))
    }
}
