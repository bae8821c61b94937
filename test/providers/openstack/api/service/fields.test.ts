import { describe, expect, test } from 'vitest'
import {
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

const item = itemOf((wire) => ({
  id: requiredText(wire, 'id'),
  name: text(wire, 'name'),
  size: number(wire, 'size'),
  owner: object(wire, 'owner') && requiredText(object(wire, 'owner') ?? {}, 'id'),
  parts: list(wire, 'parts', (part) => requiredText(part, 'id')),
  tags: texts(wire, 'tags'),
  metadata: textMap(wire, 'metadata'),
  kind: oneOf(wire, 'kind', ['fixed', 'floating'] as const),
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
    [null, ''],
    [{}, 'id'],
    [{ id: 7 }, 'id'],
    [{ id: 'a', name: 7 }, 'name'],
    [{ id: 'a', size: '7' }, 'size'],
    [{ id: 'a', owner: [] }, 'owner'],
    [{ id: 'a', owner: {} }, 'id'],
    [{ id: 'a', parts: {} }, 'parts'],
    [{ id: 'a', parts: ['p'] }, 'parts'],
    [{ id: 'a', tags: [7] }, 'tags'],
    [{ id: 'a', metadata: { k: 7 } }, 'metadata.k'],
  ])('that are something else are named: %j', (wire, field) => {
    expect(item.safeParse(wire).error?.issues[0]?.path).toEqual([field])
  })

  test('hide no mistake of our own', () => {
    const broken = itemOf(() => {
      throw new RangeError('a defect')
    })
    expect(() => broken.safeParse({})).toThrow('a defect')
  })
})
