import Foundation
import Testing

@testable import Inference

@Suite struct SafetensorsFileTests {
    /// A file of `header` and as many zero bytes of data.
    private func open(
        _ header: String, dataBytes: Int, length: UInt64? = nil
    ) throws -> SafetensorsFile {
        let path = try temporaryDirectory() + "/t.safetensors"
        let count = length ?? UInt64(header.utf8.count)
        let bytes =
            withUnsafeBytes(of: count.littleEndian) { Array($0) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: dataBytes)
        try Data(bytes).write(to: URL(filePath: path))
        return try SafetensorsFile(path: path)
    }

    @Test func tensorsAreFoundByNameTypeAndShape() throws {
        let file = try open(
            #"{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#,
            dataBytes: 24)
        #expect(try file.bytes(of: "w", .float32, shape: [2, 3]).count == 24)
        #expect(throws: BundleError.self) { try file.bytes(of: "w", .float32, shape: [3, 2]) }
        #expect(throws: BundleError.self) { try file.bytes(of: "w", .float16, shape: [2, 3]) }
        let error = #expect(throws: BundleError.self) {
            try file.bytes(of: "v", .float32, shape: [1])
        }
        #expect(error?.place == "tensor v")
    }

    @Test(arguments: [
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 8, "JSON"),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}"#, 8, "past its end"),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "no range"),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "no range"),
        (#"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "needs 12 bytes"),
        (#"{"w":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}"#, 8, "unknown type"),
        (#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}"#, 8, "impossible shape"),
        (
            #"{"w":{"dtype":"I8","shape":[4611686018427387904,8],"data_offsets":[0,8]}}"#, 8,
            "impossible shape"
        ),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "belong to no tensor"),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "hole"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
                + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12, "overlaps"
        ),
        (#"{"w":{"dtype":"F32","data_offsets":[0,8]}}"#, 8, "is missing"),
    ])
    func damageIsRefusedWithItsPlace(_ header: String, _ dataBytes: Int, _ problem: String) throws {
        let error = try #require(throws: BundleError.self) {
            try open(header, dataBytes: dataBytes)
        }
        #expect(error.description.contains(problem), "\(error)")
        #expect(!error.place.isEmpty)
    }

    @Test func aHeaderLongerThanTheFileIsRefused() throws {
        for length in [1000, UInt64.max, UInt64(Int64.max)] {
            let error = try #require(throws: BundleError.self) {
                try open("{}", dataBytes: 0, length: length)
            }
            #expect(error.place == "byte 0")
        }
    }

    @Test func anEmptyOrTinyFileIsRefused() throws {
        let path = try temporaryDirectory() + "/t"
        for count in [0, 1, 7] {
            try Data(count: count).write(to: URL(filePath: path))
            #expect(throws: BundleError.self) { try SafetensorsFile(path: path) }
        }
    }
}
