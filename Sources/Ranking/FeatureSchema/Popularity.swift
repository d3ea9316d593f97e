/// How much the candidate is bought by everyone: log(1 + purchases) over that of the most bought
/// item. Missing (0) for an item nobody bought or that the catalogue does not hold.
enum Popularity {
    static let feature = Feature(
        name: "popularity", kind: .item, unit: "share of the largest log count", range: 0...1,
        missing: 0)

    static func value(_ popularity: Float) -> Float { feature.admit(popularity) }
}
