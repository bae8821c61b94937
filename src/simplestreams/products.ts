import { isObject, type JsonObject, member, objectAt } from './shape.ts'

/** A value of an attribute. */
export type Attribute = string | number | boolean

/** An item with the attributes that it inherits. */
export interface Item {
  readonly productId: string
  /** A date, as a rule: `20240423`. */
  readonly version: string
  readonly name: string
  readonly attributes: ReadonlyMap<string, Attribute>
}

/** What describes a document or an item's place in it, and is nothing that an item inherits. */
const OWN_MEMBERS = new Set(['format', 'content_id', 'datatype', 'updated', 'license'])

const isAttribute = (value: unknown): value is Attribute =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'

/** Members of an object that are objects, sorted by name. */
const children = (parent: JsonObject, name: string): (readonly [string, JsonObject])[] =>
  Object.entries(objectAt(parent, name))
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1))

/** Fills in what is missing or blank. */
function inherit(attributes: Map<string, Attribute>, level: JsonObject, isTop = false): void {
  for (const [name, value] of Object.entries(level)) {
    if (!attributes.has(name) && isAttribute(value) && !(isTop && OWN_MEMBERS.has(name))) {
      attributes.set(name, value)
    }
  }
}

/** `_aliases` is attribute → value → the attributes that this value stands for; these override. */
function dealias(attributes: Map<string, Attribute>, aliases: JsonObject): void {
  for (const name of Object.keys(aliases)) {
    const value = attributes.get(name)
    if (value === undefined) continue
    for (const [target, meant] of Object.entries(objectAt(objectAt(aliases, name), String(value)))) {
      if (isAttribute(meant)) attributes.set(target, meant)
    }
  }
}

/**
 * The items of the products that are wanted: newest version first, then by product and name. Other products are not
 * looked into. What an item does not say its version says, then its product, then the document.
 */
export function* itemsOf(products: JsonObject, wanted: (productId: string) => boolean): Generator<Item> {
  const aliases = objectAt(products, '_aliases')
  const all = objectAt(products, 'products')
  const versions = Object.keys(all)
    .filter((id) => wanted(id) && isObject(member(all, id)))
    .flatMap((productId) => {
      const product = objectAt(all, productId)
      return children(product, 'versions').map(([version, content]) => ({
        productId,
        product,
        version,
        content,
      }))
    })
    .sort((a, b) => (a.version === b.version ? 0 : a.version < b.version ? 1 : -1))
  for (const { productId, product, version, content } of versions) {
    for (const [name, item] of children(content, 'items')) {
      const attributes = new Map<string, Attribute>()
      for (const level of [item, content, product]) inherit(attributes, level)
      inherit(attributes, products, true)
      dealias(attributes, aliases)
      yield { productId, version, name, attributes }
    }
  }
}
