/** What Nova's own samples and reference say of each call on servers, read from the digest of them. */

import { readFileSync } from 'node:fs'
import {
  compareMicroversions,
  type Microversion,
} from '../../../../providers/openstack/api/service/microversion.ts'

/** An object has its keys, or `*` for any; a list has `[]` for its items; a leaf is the name of its types. */
export type Shape = string | { readonly [key: string]: Shape }

/** One sample through all versions. */
export interface Sample {
  readonly name: string
  readonly versions: readonly Microversion[]
  /** `undefined` before its first version. */
  readonly at: (version: Microversion) => Shape | undefined
}

/** One call, or one action. */
export interface NovaCall {
  /** `POST /servers/{server_id}/action lock` */
  readonly name: string
  readonly statuses: readonly number[]
  readonly from: Microversion
  readonly to?: Microversion | undefined
  /** `string|null 2.19-2.56, ...` by the name of the parameter. */
  readonly body: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly requests: readonly Sample[]
  readonly responses: readonly Sample[]
}

type Line = Readonly<Record<string, unknown>>

const lines = readFileSync(new URL('digest.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line)
const sampleLines = new Map(lines.map((line) => [line['sample'], line]))

/** All calls that the digest has. */
export const novaCalls: readonly NovaCall[] = lines
  .filter((line) => 'call' in line)
  .map(({ call, from, ...facts }) => ({
    ...({ to: undefined, body: {}, query: {}, ...facts } as unknown as NovaCall),
    name: call as string,
    from: (from ?? '2.1') as Microversion,
    requests: samplesOf(facts['requests']),
    responses: samplesOf(facts['responses']),
  }))

/** Samples beside those of the calls, which no call shows. */
export const otherSamples = lines.filter((line) => 'other' in line).map((line) => line['other'] as string)

function samplesOf(names: unknown): Sample[] {
  return ((names ?? []) as readonly string[]).map(sampleOf)
}

function sampleOf(name: string): Sample {
  const { sample: _, like, ...patches } = sampleLines.get(name) ?? {}
  const base = like === undefined ? undefined : sampleOf(like as string)
  const own = Object.keys(patches) as Microversion[]
  const first = own.reduce((a, b) => (compareMicroversions(a, b) <= 0 ? a : b))
  const isKnown = (version: Microversion) => compareMicroversions(first, version) <= 0
  return {
    name,
    versions: inOrder([...own, ...(base?.versions ?? []).filter(isKnown)]),
    at: (version) => {
      const known = inOrder(own).filter((each) => compareMicroversions(each, version) <= 0)
      if (known.length === 0) return undefined
      // A sample that is like another one says the difference at each version, the others what changes.
      const applied = base === undefined ? known : known.slice(-1)
      return applied.reduce((shape, each) => patched(shape, patches[each]), base?.at(version) ?? {})
    },
  }
}

/** JSON merge patch (RFC 7396). */
function patched(shape: Shape, patch: unknown): Shape {
  if (typeof patch === 'string') return patch
  const result: Record<string, Shape> = typeof shape === 'string' ? {} : { ...shape }
  for (const [key, change] of Object.entries(patch as Line)) {
    if (change === null) delete result[key]
    else result[key] = patched(result[key] ?? {}, change)
  }
  return result
}

/** Sorted, each once. */
export function inOrder(versions: readonly Microversion[]): Microversion[] {
  return [...new Set(versions)].toSorted(compareMicroversions)
}

const beside = (version: Microversion, steps: 1 | -1): Microversion =>
  `2.${Math.max(1, Number(version.slice(2)) + steps)}`

/** The versions at which something about the call changes, and those at its ends. */
export function versionsOf({ from, to, body, query, requests, responses }: NovaCall): Microversion[] {
  const ranges = Object.values({ ...body, ...query }).flatMap(rangesOf)
  return inOrder([
    '2.1',
    beside(from, -1),
    from,
    ...(to === undefined ? [] : [to, beside(to, 1)]),
    ...ranges.flatMap((range) => [
      range.from,
      ...(range.to === undefined ? [] : [range.to, beside(range.to, 1)]),
    ]),
    ...[...requests, ...responses].flatMap(({ versions }) => versions),
  ])
}

/** What the reference says of one parameter. */
interface ParameterRange {
  readonly types: readonly string[]
  readonly required: boolean
  readonly from: Microversion
  readonly to?: Microversion | undefined
}

function rangesOf(parameter: string): ParameterRange[] {
  return parameter.split(', ').map((each) => {
    const [types = '', range = '2.1-'] = each.split(' ')
    const [from, to] = range.split('-') as [Microversion, Microversion | '']
    return {
      types: types.replace('none', 'null').replace('!', '').split('|'),
      required: types.endsWith('!'),
      from,
      to: to === '' ? undefined : to,
    }
  })
}

const isWithin = (version: Microversion, { from, to }: Pick<ParameterRange, 'from' | 'to'>) =>
  compareMicroversions(from, version) <= 0 && (to === undefined || compareMicroversions(version, to) <= 0)

/** The call behind a request, or `undefined` when Nova has none of the kind. */
export function callOf(method: string, path: string, body: unknown): NovaCall | undefined {
  const [key] = path.endsWith('/action') ? Object.keys(body ?? {}) : []
  return novaCalls.find(({ name }) => {
    const [ofMethod, ofPath = '', action] = name.split(' ')
    const pattern = new RegExp(`^${ofPath.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return ofMethod === method && pattern.test(path) && action === key
  })
}

/** What is wrong with a request at that version, by the samples and the parameters of the call. */
export function misfits(
  call: NovaCall,
  version: Microversion,
  request: { readonly body: unknown; readonly query: string },
): string[] {
  const { body, query, requests } = call
  if (!isWithin(version, call)) return [`there is no ${call.name} at ${version}`]
  const shapes = requests.map((sample) => sample.at(version)).filter((shape) => shape !== undefined)
  if (request.body === undefined && shapes.length > 0) return ['there is no body']
  return [
    ...misfitsBelow(request.body, [], shapes, body, version),
    ...absent(request.body, body, version),
    ...[...new URLSearchParams(request.query).keys()]
      .filter((key) => !rangesOf(query[key] ?? 'none 3.0-').some((range) => isWithin(version, range)))
      .map((key) => `there is no query "${key}" at ${version}`),
  ]
}

/** Objects whose keys are free text, where no sample shows them. */
const FREE = new Set(['metadata'])

function misfitsBelow(
  value: unknown,
  path: readonly string[],
  shapes: readonly Shape[],
  parameters: NovaCall['body'],
  version: Microversion,
): string[] {
  const below = (key: string): Shape[] =>
    shapes
      .map((shape) => (typeof shape === 'string' ? undefined : (shape[key] ?? shape['*'])))
      .filter((shape) => shape !== undefined)
  if (Array.isArray(value)) {
    return value.flatMap((item) => misfitsBelow(item, path, below('[]'), parameters, version))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => {
    const full = [...path, key]
    const known = below(key)
    const parameter = parameterOf(full, parameters)
    const ranges = parameter === undefined ? [] : rangesOf(parameter)
    const valid = ranges.filter((range) => isWithin(version, range))
    const isFree = FREE.has(path.at(-1) ?? '')
    if (valid.length === 0 && (ranges.length > 0 || known.length === 0) && !isFree) {
      return [`there is no "${full.join('.')}" at ${version}`]
    }
    const types = [...known.flatMap(typesOf), ...valid.flatMap((range) => range.types)]
    const wrong =
      isFree || types.includes(typeOf(each))
        ? []
        : [`"${full.join('.')}" is ${typeOf(each)}, not ${[...new Set(types)].join(' or ')}, at ${version}`]
    return [...wrong, ...misfitsBelow(each, full, known, parameters, version)]
  })
}

/** Parameters that have to be there and are not. */
function absent(body: unknown, parameters: NovaCall['body'], version: Microversion): string[] {
  const [inner] = Object.values(body ?? {}) as unknown[]
  if (typeof inner !== 'object' || inner === null) return []
  return Object.entries(parameters)
    .filter(([, each]) => rangesOf(each).some((range) => range.required && isWithin(version, range)))
    .flatMap(([name]) => {
      const [key = '', ...below] = name.split('.')
      const outer = { ...(body as object), ...inner } as Line
      const items = below.length === 0 ? [outer] : [outer[key] ?? []].flat()
      return items.some((item) => !((below[0] ?? key) in (item as object)))
        ? [`"${name}" is not there at ${version}`]
        : []
    })
}

/** Parameters are named from the body on, or from the first key on, or by the last key alone. */
function parameterOf(path: readonly string[], parameters: NovaCall['body']): string | undefined {
  const names = [path.join('.'), path.slice(1).join('.'), ...(path.length > 3 ? [] : [path.at(-1) ?? ''])]
  return names.map((name) => parameters[name]).find((parameter) => parameter !== undefined)
}

function typesOf(shape: Shape): string[] {
  if (typeof shape === 'string') return shape.split('|')
  return ['[]' in shape ? 'array' : 'object']
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? 'integer' : typeof value
}

/** Something of that shape; of several types, the first or the last. Keys that are free text are `key`. */
export function valueOf(shape: Shape, key: string, which: 0 | -1): unknown {
  if (typeof shape !== 'string') {
    if ('[]' in shape)
      return Object.keys(shape['[]'] ?? {}).length === 0 ? [] : [valueOf(shape['[]'] ?? {}, key, which)]
    return Object.fromEntries(
      Object.entries(shape).map(([name, each]) => [name === '*' ? key : name, valueOf(each, key, which)]),
    )
  }
  const type = shape.split('|').at(which)
  if (type === 'null') return null
  if (type === 'boolean') return true
  // A version of IP addresses, too.
  return type === 'integer' || type === 'number' ? 4 : 'text'
}

/** The parts of requests that Nova knows: `lock.locked_reason`, `?limit`. */
export function partsOf({ body, query, requests }: NovaCall): string[] {
  const inSamples = requests.flatMap((sample) =>
    sample.versions.flatMap((version) => keysBelow(sample.at(version) ?? {}, [])),
  )
  const named = Object.keys(body).filter((name) => !inSamples.some((path) => path.endsWith(name)))
  return [...new Set([...inSamples, ...named, ...Object.keys(query).map((key) => `?${key}`)])]
}

function keysBelow(shape: Shape, path: readonly string[]): string[] {
  if (typeof shape === 'string') return []
  return Object.entries(shape).flatMap(([key, each]) => {
    if (key === '*') return []
    const full = key === '[]' ? path : [...path, key]
    return [...(key === '[]' ? [] : [full.join('.')]), ...keysBelow(each, full)]
  })
}

/** The parts that a request has, as {@link partsOf} names them. */
export function partsIn(request: { readonly body: unknown; readonly query: string }): string[] {
  const below = (value: unknown, path: readonly string[]): string[] => {
    if (Array.isArray(value)) return value.flatMap((item) => below(item, path))
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, each]) => [
      [...path, key].join('.'),
      ...below(each, [...path, key]),
    ])
  }
  return [
    ...below(request.body, []),
    ...[...new URLSearchParams(request.query).keys()].map((key) => `?${key}`),
  ]
}
