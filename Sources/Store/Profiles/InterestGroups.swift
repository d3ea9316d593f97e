internal import Inference

#if canImport(Glibc)
    private import Glibc
#endif

/// The several interests of a user, found among the recent items, which are a bounded window in order
/// of time and event id: so they do not depend on the order in which events came.
///
/// Leader clustering (Hartigan, Clustering Algorithms, 1975), newest item first: an item joins the
/// interest whose leader is nearest, when its cosine reaches `minSimilarity`, else it leads one of its
/// own. One pass, at most `Profile.Interest.maxCount` comparisons an item, no randomness. The mean of a
/// user of many tastes resembles none of them; a leader is an item the user really dealt with.
enum InterestGroups {
    /// Of titles: two kinds of bread are above it, bread and batteries below.
    private static let minSimilarity: Float = 0.45

    static func find(among items: [Profile.RecentItem], halfLifeDays: Double)
        -> [Profile.Interest]
    {
        var groups: [Profile.Interest] = []
        var total = 0.0
        guard let newest = items.first?.unixNanoseconds else { return [] }
        for (index, item) in items.enumerated() {
            guard let vector = item.vector else { continue }
            let ageDays = (Double(newest) - Double(item.unixNanoseconds)) / (86_400 * 1e9)
            let weight = exp2(-ageDays / halfLifeDays)
            total += weight
            let nearest = nearest(to: vector, groups, items)
            if let nearest, nearest.similarity >= minSimilarity {
                groups[nearest.group].share += Float(weight)
                groups[nearest.group].itemCount += 1
            } else if groups.count < Profile.Interest.maxCount {
                groups.append(
                    Profile.Interest(leader: index, itemCount: 1, share: Float(weight)))
            }
        }
        for i in groups.indices { groups[i].share /= Float(total) }
        return groups.sorted {
            $0.share != $1.share ? $0.share > $1.share : $0.leader < $1.leader
        }
    }

    private static func nearest(
        to vector: Int8Vector, _ groups: [Profile.Interest], _ items: [Profile.RecentItem]
    ) -> (group: Int, similarity: Float)? {
        var best: (group: Int, similarity: Float)?
        for (group, interest) in groups.enumerated() {
            guard let leader = items[interest.leader].vector,
                leader.dimension == vector.dimension
            else { continue }
            let similarity = leader.dot(vector)
            if similarity > best?.similarity ?? -.infinity { best = (group, similarity) }
        }
        return best
    }
}
