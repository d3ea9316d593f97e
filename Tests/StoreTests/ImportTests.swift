import Base
import Foundation
import Inference
import Testing

@testable import Store

@Suite struct ImportTests {
    private static let items = """
        item,title,description,category,brand,price,currency,colour,size
        a,Whole milk,Fresh,DAIRY > MILK,12,2.49,USD,white,1 gal
        b,Whole milk,Fresh,DAIRY > MILK,13,,,,
        c,"Bread, sliced",,BAKERY,12,3,USD,,

        """
    private static let events = """
        user,item,type,time,event_id,quantity,value,currency,channel
        u1,a,purchase,2024-01-01T10:00:00Z,e1,2,4.98,USD,store
        u1,c,view,2024-01-02T10:00:00Z,e2,,,,web
        u2,a,purchase,1704103200,,1,2.49,USD,
        u2,b,cart,1704103200,,1,,,

        """

    @Test func itemsBecomeTheCatalogue() throws {
        let test = try TestStore()
        let summary = try test.items(Self.items)
        #expect(summary.stored == 3 && summary.rejected == 0)
        #expect(summary.textsEncoded == 2)
        let items = try test.catalog().items
        #expect(
            items.item(at: 0)
                == Item(
                    id: "a", title: "Whole milk", description: "Fresh", category: "DAIRY > MILK",
                    brand: "12", price: Money(micros: 2_490_000, currencyCode: "USD"),
                    attributes: ["colour": "white", "size": "1 gal"]))
        #expect(items.row(of: "c") == 2)
        #expect(items.row(of: "d") == nil)
        #expect(items.vectorRows[0] == items.vectorRows[1])
        #expect(items.vectors.rowCount == 2)
        #expect(items.categoryCodes == [0, 0, 1] && items.brandCodes == [0, 1, 0])
        #expect(items.logPrices[1].isNaN)
        let expected = FakeEncoder.vector(items.item(at: 2).encoderText, 8)
        let found = try #require(items.vector(at: 2)).dequantized
        for (a, b) in zip(expected, found) { #expect(abs(a - b) < 0.01) }
    }

    @Test func importingAgainChangesNothing() throws {
        let test = try TestStore()
        try test.items(Self.items)
        try test.users("user,age\nu1,35\nu3,\n")
        try test.events(Self.events)
        let before = try test.profile("u1")
        #expect(before?.eventCount == 2)
        let encoded = test.encoder.encoded.count
        for summary in [
            try test.items(Self.items), try test.users("user,age\nu1,35\nu3,\n"),
            try test.events(Self.events),
        ] {
            #expect(summary.stored == 0 && summary.unchanged == summary.rows)
            #expect(summary.textsEncoded == 0 && summary.profilesFolded == 0)
        }
        #expect(test.encoder.encoded.count == encoded)
        #expect(try test.profile("u1") == before)
        #expect(try test.number("SELECT count(*) FROM events") == 4)
    }

    @Test func changedRowsAreUpdated() throws {
        let test = try TestStore()
        try test.items(Self.items)
        let summary = try test.items("item,title,price,currency\na,Oat milk,1,USD\nz,New,,\n")
        #expect(summary.stored == 2 && summary.textsEncoded == 2)
        let items = try test.catalog().items
        #expect(items.count == 4)
        #expect(items.item(at: 0).title == "Oat milk" && items.item(at: 0).attributes.isEmpty)
    }

    @Test func profilesAreWhatAnInlineFoldGives() throws {
        let test = try TestStore()
        try test.items(Self.items)
        try test.events(Self.events)
        let items = try test.catalog().items
        var fold = ProfileFold()
        func add(
            _ id: String, _ row: Int, _ type: EventType, _ seconds: Int64, _ value: Money?,
            _ channel: String
        ) {
            let item = items.item(at: row)
            fold.add(
                EnrichedEvent(
                    event: Event(
                        itemId: item.id, type: type, unixNanoseconds: seconds * 1_000_000_000,
                        eventId: id, quantity: value == nil ? 1 : 2, value: value,
                        channel: channel),
                    vector: items.vector(at: row), category: item.category, brand: item.brand,
                    unitPrice: item.price))
        }
        add("e2", 2, .view, 1_704_189_600, nil, "web")
        add(
            "e1", 0, .purchase, 1_704_103_200, Money(micros: 4_980_000, currencyCode: "USD"),
            "store")
        #expect(try test.profile("u1") == fold.profile())
        #expect(try test.profile("nobody") == nil)
    }

    @Test func popularityCountsPurchases() throws {
        let test = try TestStore()
        try test.events(Self.events)
        try test.items(Self.items)
        let popularity = try test.catalog().items.popularity
        #expect(popularity == [1, 0, 0])
    }

    @Test func rejectsNameLineReasonAndRow() throws {
        let test = try TestStore()
        try test.items(Self.items)
        let rejects = test.directory.file("rejects.csv")
        let summary = try test.events(
            """
            user,item,type,time,quantity,value,currency,rating
            ,a,view,2024-01-01,,,,
            u,,view,2024-01-01,,,,
            u,a,VIEW,2024-01-01,,,,
            u,a,view,soon,,,,
            u,a,view,2025-01-01,,,,
            u,a,purchase,2024-01-01,1.5,,,
            u,a,purchase,2024-01-01,-1,,,
            u,a,purchase,2024-01-01,1,-2,USD,
            u,a,purchase,2024-01-01,1,2,usd,
            u,a,rating,2024-01-01,,,,6
            u,a,rating,2024-01-01,,,,
            "u,x",a,view,2024-01-01
            u,a,view,2024-01-01,,,,

            """, rejects: rejects)
        #expect(summary.rows == 13 && summary.rejected == 12 && summary.stored == 1)
        #expect(summary.firstRejections.map(\.lineNumber) == [2, 3, 4, 5, 6])
        let lines = try String(contentsOfFile: rejects, encoding: .utf8)
            .split(separator: "\n").map(String.init)
        #expect(lines.count == 13)
        #expect(lines[0] == "line,reason,row")
        #expect(lines[1] == #"2,"user: missing",",a,view,2024-01-01,,,,""#)
        #expect(lines[12] == #"13,"has 4 fields, the header 8","""u,x"",a,view,2024-01-01""#)
        for (line, reason) in zip(
            lines.dropFirst(2),
            [
                "item: missing", "type: not one of", "time: neither", "time: more than a day",
                "quantity:", "quantity:", "value: negative", "currency:", "rating: not",
                "rating: missing",
            ])
        { #expect(line.contains(reason)) }
        let attributes = try FileManager.default.attributesOfItem(atPath: rejects)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
    }

    @Test func theRejectsMayNotBeTheSource() throws {
        let test = try TestStore()
        let path = test.directory.file("items.csv")
        #expect(throws: Fault.self) { try test.items(Self.items, rejects: path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.items)
    }

    @Test(arguments: [
        ("user,item,type\n", "no column time"), ("", "there is none"),
    ])
    func aHeaderWithoutWhatIsNeededIsRefused(text: String, reason: String) throws {
        let test = try TestStore()
        let fault = #expect(throws: Fault.self) { try test.events(text) }
        #expect(fault?.message.contains(reason) == true)
    }

    @Test func wrongItemsAreRejected() throws {
        let test = try TestStore()
        let long = String(repeating: "x", count: 300)
        let summary = try test.items(
            """
            item,title,price,currency
            ,no id,,
            \(long),long id,,
            a,negative,-1,USD
            b,no currency,1,
            c,word,cheap,USD
            d,fine,0,EUR

            """)
        #expect(summary.rejected == 5 && summary.stored == 1)
        #expect(
            summary.firstRejections.map(\.reason) == [
                "item: missing", "item: longer than 256 bytes", "price: negative",
                "price: its currency is missing", "price: not an amount such as 12.34",
            ])
    }

    @Test func jsonLinesAreTheSameEvents() throws {
        let csv = try TestStore()
        try csv.items(Self.items)
        try csv.events(Self.events)
        let json = try TestStore()
        try json.items(Self.items)
        try json.events(
            """
            {"user":"u1","item":"a","type":"purchase","time":"2024-01-01T10:00:00Z","event_id":"e1","quantity":2,"value":4.98,"currency":"USD","channel":"store"}
            {"channel":"web","user":"u1","item":"c","type":"view","time":"2024-01-02T10:00:00Z","event_id":"e2"}
            {"user":"u1"}
            """, name: "events.jsonl")
        #expect(try json.profile("u1") == csv.profile("u1"))
    }

    @Test func eventsWithoutIdsAreOneWhenTheyAreEqual() throws {
        let test = try TestStore()
        let row = "u,a,view,2024-01-01T00:00:00Z\n"
        let summary = try test.events("user,item,type,time\n" + row + row)
        #expect(summary.stored == 1 && summary.unchanged == 1)
        // The same moment and item written another way.
        let other = try test.events("time,user,item,type\n1704067200,u,a,view\n")
        #expect(other.unchanged == 1)
        let quantity = try test.events("user,item,type,time,quantity\nu,a,view,2024-01-01,2\n")
        #expect(quantity.stored == 1)
    }

    @Test func eventsBeforeTheirItemsAreCompletedByASecondImport() throws {
        let test = try TestStore()
        let first = try test.events(Self.events)
        #expect(first.unknownItems == 4 && first.stored == 4)
        #expect(try test.profile("u1")?.interest == nil)
        #expect(try test.profile("u1")?.rfm.purchaseCount == 1)
        try test.items(Self.items)
        let second = try test.events(Self.events)
        #expect(second.unknownItems == 0 && second.stored == 4)
        #expect(try test.profile("u1")?.interest != nil)
        #expect(try test.number("SELECT count(*) FROM events") == 4)
    }

    @Test func anEventKeepsWhatTheCatalogueKnewThen() throws {
        let test = try TestStore()
        try test.items("item,title,category\na,Milk,OLD\n")
        try test.events("user,item,type,time\nu,a,view,2024-01-01\n")
        try test.items("item,title,category\na,Milk,NEW\n")
        try test.events("user,item,type,time\nu,a,view,2024-01-01\nu,a,view,2024-01-02\n")
        #expect(try test.profile("u").map { Set($0.categoryAffinity.keys) } == ["OLD", "NEW"])
    }

    @Test func attributesOfUsersReachTheirProfiles() throws {
        let test = try TestStore()
        try test.users("user,age,region\nu1,35-44,\n")
        #expect(try test.profile("u1")?.attributes == ["age": "35-44"])
        try test.events(Self.events)
        #expect(try test.profile("u1")?.attributes == ["age": "35-44"])
        try test.users("user,age,region\nu1,45-54,North\n")
        let profile = try test.profile("u1")
        #expect(profile?.attributes == ["age": "45-54", "region": "North"])
        #expect(profile?.eventCount == 2)
    }

    @Test func anEncodingCutShortIsMadeUpByTheNextImport() throws {
        let test = try TestStore()
        test.encoder.failsAfter = 0
        #expect(throws: Fault.self) { try test.items(Self.items) }
        try test.events(Self.events)
        #expect(try test.profile("u1")?.interest == nil)
        test.encoder.failsAfter = .max
        let summary = try test.items(Self.items)
        #expect(summary.stored == 0 && summary.textsEncoded == 2 && summary.profilesFolded == 2)
        #expect(try test.profile("u1")?.interest != nil)
    }

    @Test func noUserIdIsInTheStore() throws {
        let test = try TestStore()
        try test.users("user,age\nvery-personal-name,35\n")
        try test.events("user,item,type,time\nvery-personal-name,a,view,2024-01-01\n")
        test.store.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: test.directory.path)
        where name.hasPrefix("store.sqlite") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.directory.file(name)))
            #expect(bytes.range(of: Data("very-personal-name".utf8)) == nil)
        }
    }

    /// The same words make the same profile, whichever way they come.
    @Test func wordsOfEventsAreEncodedAsLiveOnesAre() throws {
        let test = try TestStore()
        let rows = """
            user,item,type,time,event_id,query,text
            u,,search,2024-01-01,e1,trail shoes,
            u,,chat,2024-01-02,e2,,where is my parcel
            u,,search,2024-01-03,e3,trail shoes,
            u,a,review,2024-01-04,e4,,fits well

            """
        let summary = try test.events(rows)
        #expect(summary.stored == 4 && summary.unchanged == 0 && summary.textsEncoded == 3)
        #expect(test.encoder.encoded == ["fits well", "trail shoes", "where is my parcel"])
        var fold = ProfileFold()
        let words: [(EventType, Int64, String)] = [
            (.search, 1, "trail shoes"), (.chat, 2, "where is my parcel"),
            (.search, 3, "trail shoes"),
            (.review, 4, "fits well"),
        ]
        for (type, day, text) in words {
            let event = Event(
                itemId: type == .review ? "a" : "", type: type,
                unixNanoseconds: (1_704_067_200 + (day - 1) * 86_400) * 1_000_000_000,
                eventId: "e\(day)", query: type == .search ? text : "",
                text: type == .search ? "" : text)
            fold.add(
                EnrichedEvent(
                    event: event, vector: nil, category: "", brand: "", unitPrice: nil,
                    textVector: Int8Vector(
                        quantizing: FakeEncoder.vector(text, test.encoder.dimension))))
        }
        let profile = try #require(try test.profile("u"))
        #expect(profile == fold.profile() && profile.interest != nil)
        let again = try test.events(rows)
        #expect(again.stored == 0 && again.unchanged == 4)
    }

    @Test func wordsWithoutAnEncoderAreRefusedAsAWhole() throws {
        let test = try TestStore()
        let source = try test.directory.write(
            "user,item,type,time,query\nu,,search,2024-01-01,shoes\n", to: "words.csv")
        let fault = #expect(throws: Fault.self) {
            try test.importer().events(
                from: source, encoder: nil, progress: { _ in })
        }
        #expect(fault?.code == .invalidArgument && fault?.message.hasPrefix("bundle") == true)
        #expect(try test.number("SELECT count(*) FROM events") == 0)
    }
}
