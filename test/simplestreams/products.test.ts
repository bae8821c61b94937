import { EnvironsError } from 'cloud-environs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { itemsOf, parseDocument, productsPath } from '../../src/simplestreams/index.ts'

const all = () => true

describe('items of products', () => {
  it('inherit what they leave blank from version, product and document', () => {
    const document = {
      a: 'top',
      b: 'top',
      c: 'top',
      d: 'top',
      products: {
        p: {
          a: 'product',
          b: 'product',
          c: 'product',
          versions: { v: { a: 'version', b: 'version', items: { i: { a: 'item', b: '' } } } },
        },
      },
    }
    const [item] = itemsOf(document, all)
    expect(Object.fromEntries(item?.attributes ?? [])).toEqual({
      a: 'item',
      b: 'version',
      c: 'product',
      d: 'top',
    })
  })

  it('take what an alias stands for', () => {
    const document = {
      _aliases: { crsn: { one: { region: 'RegionOne', endpoint: 'https://one' } } },
      region: 'wrong',
      products: { p: { versions: { v: { items: { i: { crsn: 'one' } } } } } },
    }
    const [item] = itemsOf(document, all)
    expect(item?.attributes.get('region')).toBe('RegionOne')
    expect(item?.attributes.get('endpoint')).toBe('https://one')
  })

  it('tell one attribute as they tell all', () => {
    const level = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'id'), fc.constantFrom('x', 'y', '', 7, null))
    const aliases = fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.dictionary(fc.constantFrom('x', 'y', '7'), level, { maxKeys: 2 }),
      { maxKeys: 2 },
    )
    fc.assert(
      fc.property(level, level, level, level, aliases, (item, version, product, top, _aliases) => {
        const versions = { v: { ...version, items: { i: item } } }
        const [only] = itemsOf({ ...top, _aliases, products: { p: { ...product, versions } } }, all)
        for (const name of ['a', 'b', 'c', 'id', 'd'])
          expect(only?.attribute(name)).toBe(only?.attributes.get(name))
      }),
    )
  })

  it('are those that are wanted', () => {
    const items = { a: { region: 'R' }, b: { region: 'S' } }
    const document = { products: { p: { versions: { v: { items } } } } }
    const found = [...itemsOf(document, all, (item) => item.attribute('region') === 'S')]
    expect(found.map(({ name }) => name)).toEqual(['b'])
  })

  it('come newest first, of the products that are wanted', () => {
    const versions = { '20240101': { items: { i: {} } }, '20250101': { items: { i: {} } } }
    const document = {
      products: { p: { versions }, q: { versions: { '20240601': { items: { i: {} } } } }, r: { versions } },
    }
    const found = [...itemsOf(document, (id) => id !== 'r')].map(
      ({ productId, version }) => productId + version,
    )
    expect(found).toEqual(['p20250101', 'q20240601', 'p20240101'])
  })
})

/** JSON that has the names of the format, and those that are dangerous, in any place. */
const names = [
  'index',
  'products',
  'versions',
  'items',
  '_aliases',
  'clouds',
  'path',
  'datatype',
  '__proto__',
  'constructor',
  'format',
  'id',
  'x',
]
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom('image-ids', 'x', '', '__proto__', 'products:1.0', 'index:1.0'),
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('json')), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}))

describe('any JSON', () => {
  it('gives a result or a typed error, and touches no prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).length
    fc.assert(
      fc.property(json, fc.constantFrom('index:1.0' as const, 'products:1.0' as const), (value, format) => {
        const object =
          typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, format } : value
        try {
          const content = parseDocument(JSON.stringify(object), format, 'test:')
          if (format === 'products:1.0') for (const item of itemsOf(content, all)) item.attributes.get('id')
          else
            productsPath(
              { url: 'test:', content },
              { datatype: 'image-ids', productId: all, cloud: { region: 'r', endpoint: 'e' } },
            )
        } catch (error) {
          expect(error).toBeInstanceOf(EnvironsError)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before)
  })
})
