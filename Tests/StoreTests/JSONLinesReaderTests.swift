import Base
import Testing

@testable import Store

@Suite struct JSONLinesReaderTests {
    private func read(_ text: String) throws -> [String] {
        let directory = try TemporaryDirectory()
        var reader = try JSONLinesReader(
            ByteSource(directory.write(text, to: "rows.jsonl")), bounds: RowBounds())
        var found: [String] = []
        var row = Row()
        while true {
            do {
                guard try reader.next(into: &row) else { return found }
                found.append(
                    reader.columns.enumerated().map { "\($1)=\(row.text($0))" }
                        .joined(separator: " "))
            } catch let rejection as RowRejection {
                found.append("\(row.lineNumber): \(rejection.reason)")
            }
        }
    }

    @Test func scalarsBecomeText() throws {
        #expect(
            try read(#"{"a": "x", "b": -1.5e3, "c": true, "d": null, "e": ""}"#)
                == ["a=x b=-1.5e3 c=true e="])
    }

    @Test func namesMayComeInAnyOrderAndLater() throws {
        #expect(
            try read("{\"a\":1,\"b\":2}\n\n{\"b\":3}\r\n{\"c\":4,\"a\":5}")
                == ["a=1 b=2", "a= b=3", "a=5 b= c=4"])
    }

    @Test func escapesAreDecoded() throws {
        #expect(
            try read(#"{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#)
                == ["a=\"\\/\u{8}\u{C}\n\r\té😀"])
    }

    @Test(arguments: [
        (#"[1]"#, "an object is missing"), (#"{"a":1"#, "a comma or the object's end"),
        (#"{"a":[1]}"#, "a: an object or array"), (#"{"a":1} x"#, "after the object's end"),
        (#"{"a":"\ud83d"}"#, "surrogate"), (#"{"a":"\x"}"#, "unknown escape"),
        (#"{"a":tru}"#, "a: not a JSON value"), (#"{"a":"x}"#, "not closed"),
        (#"{"a":1,"a":2}"#, "a is there twice"), (#"{"a":0x10}"#, "a: not a JSON value"),
        (#"{"a":nan}"#, "a: not a JSON value"), (#"{"a":"\u+123"}"#, "wrong \\u escape"),
    ])
    func wrongLinesAreRejected(line: String, reason: String) throws {
        let found = try read(line + "\n{\"ok\":1}\n")
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("1: ") && found[0].contains(reason))
        #expect(found[1].hasSuffix("ok=1"))
    }
}
