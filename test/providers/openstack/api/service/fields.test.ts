import { describe, expect, test } from 'vitest'
import {
  type Fields,
  itemOf,
  list,
  number,
  object,
  oneOf,
  requiredText,
  text,
  textMap,
  texts,
} from '../../../../../providers/openstack/api/service/fields.ts'

const ownerOf = (owner: Fields | undefined) => owner && requiredText(owner['id'])

const item = itemOf((wire) => ({
  id: requiredText(wire['id']),
  name: text(wire['name']),
  size: number(wire['size']),
  owner: ownerOf(object(wire['owner'])),
  parts: list(wire['parts'], (part) => requiredText(part['id'])),
  tags: texts(wire['tags']),
  metadata: textMap(wire['metadata']),
  kind: oneOf(wire['kind'], ['fixed', 'floating'] as const),
}))

describe('fields of an answer', () => {
  test('are read, and unknown ones do not matter', () => {
    const wire = {
      id: 'a',
      name: 'one',
      size: 0,
      owner: { id: 'o', more: 1 },
      parts: [{ id: 'p' }],
      tags: ['t'],
      metadata: { k: 'v' },
      kind: 'fixed',
      newer: { anything: true },
    }
    expect(item.safeParse(wire).data).toEqual({
      id: 'a',
      name: 'one',
      size: 0,
      owner: 'o',
      parts: ['p'],
      tags: ['t'],
      metadata: { k: 'v' },
      kind: 'fixed',
    })
  })

  test.each([
    ['absent', { id: 'a' }],
    ['null', { id: 'a', name: null, size: null, owner: null, parts: null, tags: null, metadata: null }],
    ['empty', { id: 'a', name: '', owner: '', kind: 'unheard of' }],
  ])('that are %s are absent', (_how, wire) => {
    const { data } = item.safeParse(wire)
    expect(data).toEqual({ id: 'a', metadata: {} })
  })

  test.each([
    [null, []],
    [[], []],
    [{}, ['id']],
    [{ id: 7 }, ['id']],
    [{ id: 'a', name: 7 }, ['name']],
    [{ id: 'a', size: '7' }, ['size']],
    [{ id: 'a', owner: [] }, ['owner']],
    [{ id: 'a', owner: {} }, ['owner', 'id']],
    [{ id: 'a', parts: {} }, ['parts']],
    [{ id: 'a', parts: [{ id: 'p' }, 'q'] }, ['parts', '1']],
    [{ id: 'a', parts: [{ id: 'p' }, {}] }, ['parts', '1', 'id']],
    [{ id: 'a', tags: ['t', 7] }, ['tags', '1']],
    [{ id: 'a', metadata: { k: 7 } }, ['metadata', 'k']],
  ])('that are something else are named: %j', (wire, path) => {
    expect(item.safeParse(wire).error?.issues[0]?.path).toEqual(path)
  })

  test('hide no mistake of our own', () => {
    const broken = itemOf(() => {
      throw new RangeError('a defect')
    })
    expect(() => broken.safeParse({})).toThrow('a defect')
  })
})
