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
  /** One attribute, without a look at all the others. */
  attribute(name: string): Attribute | undefined
}

/** What describes a document or an item's place in it, and is nothing that an item inherits. */
const OWN_MEMBERS = new Set(['format', 'content_id', 'datatype', 'updated', 'license'])

const isAttribute = (value: unknown): value is Attribute =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'

/** Members of an object that are objects. */
const children = (parent: JsonObject, name: string): (readonly [string, JsonObject])[] =>
  Object.entries(objectAt(parent, name)).filter((entry): entry is [string, JsonObject] => isObject(entry[1]))

/** Fills in what is missing or blank. */
function inherit(attributes: Map<string, Attribute>, level: JsonObject, isTop: boolean): void {
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

/** An item's place in a document. What it inherits is found out when somebody asks: most items are never wanted. */
class InheritingItem implements Item {
  readonly productId: string
  readonly version: string
  readonly name: string
  /** The item, its version, its product and the document. */
  readonly #levels: readonly JsonObject[]
  readonly #aliases: JsonObject
  #attributes: Map<string, Attribute> | undefined

  constructor(
    { productId, version, name }: Pick<Item, 'productId' | 'version' | 'name'>,
    levels: readonly JsonObject[],
    aliases: JsonObject,
  ) {
    this.productId = productId
    this.version = version
    this.name = name
    this.#levels = levels
    this.#aliases = aliases
  }

  get attributes(): ReadonlyMap<string, Attribute> {
    if (this.#attributes) return this.#attributes
    const attributes = new Map<string, Attribute>()
    const top = this.#levels.length - 1
    for (const [index, level] of this.#levels.entries()) inherit(attributes, level, index === top)
    dealias(attributes, this.#aliases)
    this.#attributes = attributes
    return attributes
  }

  attribute(name: string): Attribute | undefined {
    const [alias, another] = Object.keys(this.#aliases)
    // What one alias stands for may have another one in it.
    if (another !== undefined) return this.attributes.get(name)
    const value = alias === undefined ? undefined : this.#own(alias)
    if (alias === undefined || value === undefined) return this.#own(name)
    const meant = member(objectAt(objectAt(this.#aliases, alias), String(value)), name)
    return isAttribute(meant) ? meant : this.#own(name)
  }

  #own(name: string): Attribute | undefined {
    const top = this.#levels.length - 1
    for (const [index, level] of this.#levels.entries()) {
      const value = member(level, name)
      if (isAttribute(value) && !(index === top && OWN_MEMBERS.has(name))) return value
    }
    return undefined
  }
}

/**
 * The items that are wanted, of the products that are wanted: newest version first, then by product and name. Other
 * products are not looked into. What an item does not say its version says, then its product, then the document.
 */
export function* itemsOf(
  products: JsonObject,
  wanted: (productId: string) => boolean,
  isWanted: (item: Item) => boolean = () => true,
): Generator<Item> {
  const aliases = objectAt(products, '_aliases')
  const all = objectAt(products, 'products')
  const versions = Object.keys(all)
    .sort()
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
    const items = children(content, 'items')
      .map(
        ([name, item]) =>
          new InheritingItem({ productId, version, name }, [item, content, product, products], aliases),
      )
      .filter(isWanted)
    yield* items.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
