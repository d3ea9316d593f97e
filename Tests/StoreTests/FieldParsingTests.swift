import Foundation
import Testing

@testable import Store

@Suite struct FieldParsingTests {
    @Test(arguments: [
        ("0", 0), ("12.34", 12_340_000), ("-0.5", -500_000), ("+3", 3_000_000), (".25", 250_000),
        ("7.", 7_000_000), ("0.0000004", 0), ("0.0000005", 1), ("-1.9999996", -2_000_000),
        ("1e-3", 1_000), ("2.5E2", 250_000_000), ("9223372036854.775807", Int64.max),
    ])
    func amountsAreExact(text: String, micros: Int64) {
        #expect(FieldParsing.micros(text.utf8.span) == micros)
    }

    @Test(arguments: [
        "", "-", ".", "1.2.3", "abc", "1,5", "9223372036854.775808", "1e400", "nan", "1e", "0x1",
        " 1", "99999999999999999999", "9223372036854.7758079",
    ])
    func whatIsNoAmountIsRefused(text: String) {
        #expect(FieldParsing.micros(text.utf8.span) == nil)
    }

    @Test func wholeNumbersMayCarryAZeroFraction() {
        #expect(FieldParsing.integer("3.0".utf8.span) == 3)
        #expect(FieldParsing.integer("3.5".utf8.span) == nil)
    }

    @Test(arguments: [
        ("1970-01-01", 0), ("2017-01-01T11:53:26Z", 1_483_271_606),
        ("2017-01-01 11:53:26", 1_483_271_606), ("2017-01-01t11:53:26z", 1_483_271_606),
        ("2017-01-01T13:53:26+02:00", 1_483_271_606), ("2017-01-01T06:53:26-0500", 1_483_271_606),
        ("2017-01-01T06:53:26-05", 1_483_271_606), ("2000-02-29T00:00", 951_782_400),
        ("2016-12-31T23:59:60Z", 1_483_228_800), ("1483271606", 1_483_271_606),
        ("2100-03-01", 4_107_542_400),
    ])
    func timesAreRead(text: String, seconds: Int64) {
        #expect(TimestampParsing.unixNanoseconds(text.utf8.span) == seconds * 1_000_000_000)
    }

    @Test func fractionsOfSecondsAreNanoseconds() {
        let times = [
            ("2017-01-01T11:53:26.5Z", 500_000_000), ("2017-01-01T11:53:26.123456789", 123_456_789),
            ("2017-01-01T11:53:26,1234567891", 123_456_789), ("1483271606.25", 250_000_000),
        ]
        for (text, nanoseconds) in times {
            #expect(
                TimestampParsing.unixNanoseconds(text.utf8.span)
                    == 1_483_271_606_000_000_000 + Int64(nanoseconds))
        }
    }

    @Test(arguments: [
        "", "2017-13-01", "2017-02-29", "2017-01-01T", "2017-01-01T25:00", "1969-12-31",
        "2017-01-01T11:53:26.Z", "2017-01-01T11:53:26Zx", "2017-01-01T11:53:26+", "-5",
        "2262-01-01",
        "2017-1-1", "2017-01-01X11:53", "yesterday", "2017-01-01T11:53:26+24:00",
    ])
    func whatIsNoTimeIsRefused(text: String) {
        #expect(TimestampParsing.unixNanoseconds(text.utf8.span) == nil)
    }

    @Test func aBareNumberIsSecondsEvenWhenItLooksLikeAYear() {
        #expect(TimestampParsing.unixNanoseconds("2017".utf8.span) == 2_017_000_000_000)
    }

    /// The calendar against Foundation's, a day in every month of four centuries.
    @Test func theCalendarIsTheGregorian() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for year in stride(from: 1970, to: 2262, by: 7) {
            for month in 1...12 {
                let day = 1 + (year * month) % 28
                let parts = DateComponents(year: year, month: month, day: day)
                let date = try #require(calendar.date(from: parts))
                let text = String(format: "%04d-%02d-%02d", year, month, day)
                #expect(
                    TimestampParsing.unixNanoseconds(text.utf8.span)
                        == Int64(date.timeIntervalSince1970) * 1_000_000_000)
            }
        }
    }
}
