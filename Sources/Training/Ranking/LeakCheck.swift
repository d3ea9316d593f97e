// Whether features see what came after their moment. Some questions' features are computed a second time,
// from histories and statistics that were cut off before: another way to the same numbers, to the last bit.

internal import Base
internal import Ranking
internal import Store

struct LeakCheck {
    private static let sampleCount = 100

    let events: RankingEvents
    let horizon: Int64

    /// - Throws: a fault that names the features which differ.
    func run(_ rows: RankingRows, block: RankingBlock) throws(Fault) {
        let step = max(1, rows.questions.count / Self.sampleCount)
        let cut = events.cut(before: block.span.start)
        let past = RankingBlock(cut, span: block.span)
        var seeing: Set<String> = []
        for index in stride(from: 0, to: rows.questions.count, by: step) {
            let question = rows.questions[index]
            let range = rows.starts[index]..<rows.starts[index + 1]
            let known = features(of: question, Array(rows.items[range]), past)
            for (row, expected) in zip(range, known) {
                for place in 0..<FeatureVector.count
                where rows.features[row][place] != expected[place] {
                    seeing.insert(FeatureSchema.names[place])
                }
            }
        }
        guard seeing.isEmpty else {
            throw Fault(
                .failedPrecondition, reason: "FEATURES_SEE_THE_FUTURE",
                "features of a moment change with what came after it: "
                    + seeing.sorted().joined(separator: ", "))
        }
    }

    private func features(
        of question: RankingQuestion, _ items: [Int32], _ block: RankingBlock
    ) -> [FeatureVector] {
        let history = events.histories[question.user]
        var fold = ProfileFold(asOfUnixNanoseconds: question.unixNanoseconds - 1)
        for event in history.events { fold.add(event) }
        let visit = history.events[question.eventCount].event
        let subject = Subject(
            profile: fold.profile(attributes: history.attributes),
            context: RequestContext(
                unixNanoseconds: question.unixNanoseconds, channel: visit.channel,
                device: visit.device))
        var candidates = CandidateList()
        for (index, row) in items.enumerated() {
            candidates.append(row: Int(row), requestIndex: index)
        }
        var extractor = FeatureExtractor(
            subject: subject, table: block.table, candidates: candidates, statistics: block.bound)
        return items.map { extractor.features(of: $0) }
    }
}

extension RankingEvents {
    /// As they were before a moment.
    func cut(before unixNanoseconds: Int64) -> RankingEvents {
        RankingEvents(
            histories: histories.map {
                ShopperHistory(
                    attributes: $0.attributes,
                    events: Array($0.events.prefix($0.count(before: unixNanoseconds))))
            }, table: table)
    }
}
