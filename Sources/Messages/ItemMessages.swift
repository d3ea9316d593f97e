// rankwire.v1.Item.

internal import Base
internal import CMessages
internal import Store

extension MessageCodec {
    /// - Parameter requiresId: an ad's creative goes by the ad's identifier and may have none.
    func item(
        _ item: Rankwire__V1__Item, _ field: String, requiresId: Bool = true
    ) throws(Fault) -> Item {
        Item(
            id: requiresId
                ? try id(item.item_id, "\(field).item_id")
                : try string(item.item_id, "\(field).item_id", maxBytes: limits.maxIdBytes),
            title: try string(item.title, "\(field).title", maxBytes: limits.maxTextBytes),
            description: try string(
                item.description, "\(field).description", maxBytes: limits.maxTextBytes),
            category: try string(item.category, "\(field).category", maxBytes: limits.maxTextBytes),
            brand: try string(item.brand, "\(field).brand", maxBytes: limits.maxIdBytes),
            price: try money(item.price, "\(field).price"),
            attributes: try itemAttributes(item, "\(field).attributes"))
    }

    func fill(_ message: UnsafeMutablePointer<Rankwire__V1__Item>, from item: Item) {
        message.pointee.item_id = arena.makeString(item.id)
        message.pointee.title = arena.makeString(item.title)
        message.pointee.description = arena.makeString(item.description)
        message.pointee.category = arena.makeString(item.category)
        message.pointee.brand = arena.makeString(item.brand)
        message.pointee.price = item.price.map(makeMoney)
        let attributes = item.attributes.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__item__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
    }
}
