internal import Base
internal import Messages
internal import Store

extension ServingModels {
    /// The profile of a user described in the request, by the fold that stored users have.
    func profile(of user: InlineUser, maxRecentItems: Int) throws(Fault) -> Profile {
        var fold = ProfileFold(maxRecentItems: maxRecentItems)
        for (i, event) in user.events.enumerated() {
            guard let row = catalog.items.row(of: event.itemId) else {
                let field = "user.inline.events[\(i)].item_id"
                throw Fault(
                    .notFound, reason: "ITEM_NOT_FOUND", "\(field): no such item",
                    fieldViolations: [.init(field: field, description: "no such item")])
            }
            fold.add(catalog.items.enrich(event, row: row))
        }
        return fold.profile(attributes: user.attributes)
    }
}
