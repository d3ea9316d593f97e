import Base
import Testing

@testable import Store

@Suite struct CSVReaderTests {
    /// Rows as lists of fields; a rejected one as its reason and line.
    private func read(_ bytes: [UInt8], bounds: RowBounds = RowBounds()) throws -> [String] {
        let directory = try TemporaryDirectory()
        var reader = try CSVReader(
            ByteSource(directory.write(bytes, to: "rows.csv")), bounds: bounds)
        var found: [String] = []
        var row = Row()
        while true {
            do {
                guard try reader.next(into: &row) else { return found }
                found.append((0..<row.fieldCount).map(row.text).joined(separator: "|"))
            } catch let rejection as RowRejection {
                found.append("\(row.lineNumber): \(rejection.reason) [\(reader.original())]")
            }
        }
    }

    private func read(_ text: String, bounds: RowBounds = RowBounds()) throws -> [String] {
        try read(Array(text.utf8), bounds: bounds)
    }

    @Test func fieldsAreSplitAtCommas() throws {
        #expect(try read("a,b,c\n1,2,3\n,,\n") == ["1|2|3", "||"])
    }

    @Test func afterTheEndComesTheEndAgain() throws {
        for text in ["a,b\n1,2\n", "a,b\n1,2", "a,b\n\n"] {
            let directory = try TemporaryDirectory()
            var reader = try CSVReader(
                ByteSource(directory.write(text, to: "rows.csv")), bounds: RowBounds())
            var row = Row()
            while try reader.next(into: &row) {}
            for _ in 0..<3 { #expect(try !reader.next(into: &row)) }
        }
    }

    @Test func theLastLineNeedsNoEnd() throws {
        #expect(try read("a,b\n1,2") == ["1|2"])
        #expect(try read("a,b\n1,") == ["1|"])
        #expect(try read("a,b\n1,\"2\"") == ["1|2"])
    }

    @Test func windowsLineEndsAndByteOrderMarkAreTaken() throws {
        #expect(
            try read([0xEF, 0xBB, 0xBF] + Array("a,b\r\n1,2\r\n\r\n3,4".utf8)) == ["1|2", "3|4"])
    }

    @Test func quotedFieldsHoldCommasQuotesAndLines() throws {
        let text = "a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\n\"\"\"\",z\n"
        #expect(try read(text) == ["x, y|say \"hi\"", "two\nlines|", "\"|z"])
    }

    @Test func lineNumbersCountLinesInsideQuotes() throws {
        #expect(
            try read("a,b\n\"1\n2\n3\",x\n\nbad\n")
                == ["1\n2\n3|x", "6: has 1 fields, the header 2 [bad]"])
    }

    @Test func aMalformedRowCostsItsLineOnly() throws {
        let found = try read("a,b\nx\"y,1\n\"x\"y,2\nx\ry,3\nok,4\n")
        #expect(
            found == [
                "2: a quote inside an unquoted field [x\"y,1]",
                "3: text after a closing quote [\"x\"y,2]",
                "4: a carriage return outside quotes [x\ry,3]",
                "ok|4",
            ])
    }

    @Test func aQuoteThatIsNeverClosedCostsItsLineOnly() throws {
        #expect(
            try read("a,b\n\"open,1\nok,2\n")
                == ["2: a quote is not closed [\"open,1]", "ok|2"])
    }

    @Test func rowsAndFieldsAreBounded() throws {
        var bounds = RowBounds()
        bounds.maxRowBytes = 100
        bounds.maxFieldBytes = 10
        bounds.maxOriginalBytes = 5
        let long = String(repeating: "x", count: 1_000_000)
        #expect(
            try read("a,b\n\(long),1\nok,2\n12345678901,3\nok,4", bounds: bounds).map {
                $0.split(separator: " [")[0]
            } == [
                "2: longer than 100 bytes, or a quote is not closed", "ok|2",
                "4: a: longer than 10 bytes", "ok|4",
            ])
    }

    @Test func bytesThatAreNotTextAreRejected() throws {
        let found = try read(
            Array("a,b\n".utf8) + [0xFF, 0x2C, 0x31, 0x0A] + Array("x\0,1\nok,2\n".utf8))
        #expect(found.count == 3)
        #expect(found[0].hasPrefix("2: not UTF-8"))
        #expect(found[1].hasPrefix("3: contains a NUL"))
        #expect(found[2] == "ok|2")
    }

    @Test(arguments: [
        ("", "there is none"), ("\n\n", "there is none"), ("a,,b\n", "column 2 has no name"),
        ("a,b,a\n", "column a is there twice"), ("\"a", "a quote is not closed"),
    ])
    func aBadHeaderIsSaid(text: String, reason: String) throws {
        let fault = #expect(throws: Fault.self) { try read(text) }
        #expect(fault?.message.contains(reason) == true)
    }

    @Test func utf16IsNamed() throws {
        let fault = #expect(throws: Fault.self) { try read([0xFF, 0xFE, 0x61, 0x00]) }
        #expect(fault?.message.contains("UTF-16") == true)
    }

    /// The reader sees its source in chunks; wherever a chunk ends, rows come out the same.
    @Test func chunkEndsDoNotShow() throws {
        var random = SeededRandom(seed: 11)
        var text = "a,b\n"
        var expected: [String] = []
        while text.utf8.count < 900_000 {
            let length = Int.random(in: 0...40, using: &random)
            let value = String(repeating: "é", count: length)
            text += "\"\(value)\r\n\"\"\",\(expected.count)\r\n"
            expected.append("\(value)\r\n\"|\(expected.count)")
        }
        #expect(try read(text) == expected)
    }
}
