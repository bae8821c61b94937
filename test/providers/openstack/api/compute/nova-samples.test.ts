/** Every call on servers against Nova's own samples and reference, at each microversion where something changes. */

import { NotSupportedError } from 'cloud-environs'
import type { Logger } from 'cloud-environs/provider'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Servers } from '../../../../../providers/openstack/api/compute/servers.ts'
import type { Microversion, OpenStackConnection } from '../../../../../providers/openstack/api/index.ts'
import {
  MEANING_IS_NEWER,
  NOT_CALLED,
  NOT_SENT,
  OTHER_RESOURCE,
  REFERENCE_IS_WRONG,
} from '../../nova-samples/differences.ts'
import {
  callOf,
  inOrder,
  misfits,
  type NovaCall,
  novaCalls,
  otherSamples,
  partsIn,
  partsOf,
  valueOf,
  versionsOf,
} from '../../nova-samples/reference.ts'
import { CloudDouble, type Received, type Reply } from '../cloud-double.ts'
import { rows } from './server-calls.ts'
import { plainCalls } from './server-plain-calls.ts'

type Call = (servers: Servers) => Promise<unknown>

const ROOT = '/compute/v2.1'
const NEWEST = inOrder(novaCalls.flatMap(versionsOf)).at(-1) ?? '2.1'

/** A request, and what it is in Nova's reference. */
interface Sent {
  readonly request: Received
  readonly nova: NovaCall | undefined
  readonly version: Microversion
}

let cloud: CloudDouble
const connections = new Map<Microversion, OpenStackConnection>()
const warnings: string[] = []
const ignore = () => undefined
const logger: Logger = {
  debug: ignore,
  info: ignore,
  warn: (message, fields) => {
    warnings.push(`${message} ${JSON.stringify(typeof fields === 'function' ? fields() : fields)}`)
  },
  error: ignore,
  child: () => logger,
}

beforeAll(async () => {
  cloud = await CloudDouble.start()
})
afterAll(() => cloud[Symbol.asyncDispose]())

/** Makes the call in a cloud with that newest version, which answers in the way of that number. */
async function attempt(call: Call, newest: Microversion, way: number) {
  let sent: Sent | undefined
  let ways = 1
  let error: unknown
  warnings.length = 0
  cloud.handler = (request) => {
    const path = request.path.slice(ROOT.length)
    if (!request.path.startsWith(ROOT)) return undefined
    if (path === '/') return { json: { version: { version: newest, min_version: '2.1' } } }
    const header = request.headers['openstack-api-version'] ?? 'compute 2.1'
    const version = String(header).replace('compute ', '') as Microversion
    const nova = callOf(request.method, path, request.body)
    sent = { request, nova, version }
    const replies = nova === undefined ? [] : repliesOf(nova, version, request)
    ways = replies.length
    return replies[way]
  }
  const connection = connections.get(newest) ?? cloud.connect({ logger })
  connections.set(newest, connection)
  await call(connection.compute.servers).catch((reason: unknown) => (error = reason))
  return { sent, error, ways }
}

/** The answers that the samples show, at both ends of the types of each leaf, and those with another status, empty. */
function repliesOf({ statuses, responses }: NovaCall, version: Microversion, request: Received): Reply[] {
  const [status = 200, ...others] = statuses
  const key = decodeURIComponent(request.path.split('/').at(-1) ?? '')
  const isOfSeveral = partsIn(request).includes('server.return_reservation_id')
  const bodies = responses
    .filter(({ name }) => (name === 'os-multiple-create/multiple-create-post-resp') === isOfSeveral)
    .map((sample) => sample.at(version))
    .filter((shape) => shape !== undefined)
    .flatMap((shape) => ([0, -1] as const).map((end) => valueOf(shape, key, end)))
  const headers = { location: `${cloud.origin}/text` }
  return [
    ...bodies.map((json) => ({ status, json })),
    ...(bodies.length === 0 ? [{ status, headers }] : []),
    ...others.map((each) => ({ status: each, headers })),
  ]
}

/** What was sent of each call of the reference. */
const seen = new Map<string, Set<string>>()
/** The differences that occurred. */
const met = new Set<string>()

const isMet = (known: readonly (readonly [RegExp | string, string])[], text: string) => {
  const found = known.find(([what]) => (typeof what === 'string' ? what === text : what.test(text)))
  if (found) met.add(String(found[0]))
  return found !== undefined
}

const describeError = (error: unknown) => (error instanceof Error ? error.message : JSON.stringify(error))

/** What is wrong with one request and the way its answer was read. */
function problemsWith({ request, nova, version }: Sent, error: unknown): string[] {
  if (nova === undefined)
    return [`Nova has no such call: ${request.method} ${request.path} ${JSON.stringify(request.body)}`]
  seen.set(nova.name, new Set([...(seen.get(nova.name) ?? []), ...partsIn(request)]))
  return [
    ...misfits(nova, version, request).filter((misfit) => !isMet(REFERENCE_IS_WRONG, misfit)),
    ...(error === undefined ? [] : [`an answer of ${version} is not read: ${describeError(error)}`]),
    ...warnings.map((warning) => `an answer of ${version} is not read: ${warning}`),
  ]
}

/** Tries the call in clouds of all ages where something about it changes, newest first. */
async function problemsOf(title: string, call: Call): Promise<string[]> {
  const first = await attempt(call, NEWEST, 0)
  let later = first.sent
  if (later === undefined) return [`nothing is sent: ${describeError(first.error)}`]
  if (later.nova === undefined) return problemsWith(later, first.error)
  const problems = new Set<string>()
  const tried = new Set<Microversion>()
  for (const newest of versionsOf(later.nova).toReversed()) {
    const { sent, error, ways } = await attempt(call, newest, 0)
    if (sent === undefined) {
      const fits = later.nova && misfits(later.nova, newest, later.request).length === 0
      if (!(error instanceof NotSupportedError)) problems.add(`nothing is sent: ${describeError(error)}`)
      else if (fits && !isMet(MEANING_IS_NEWER, title)) {
        problems.add(`a cloud of ${newest} is not asked, though what is sent at ${later.version} fits it`)
      }
      continue
    }
    later = sent
    for (const problem of problemsWith(sent, error)) problems.add(problem)
    if (tried.has(sent.version)) continue
    tried.add(sent.version)
    for (let way = 1; way < ways; way++) {
      for (const problem of problemsWith(sent, (await attempt(call, newest, way)).error))
        problems.add(problem)
    }
  }
  return [...problems]
}

describe('a call sends what Nova takes, and reads what Nova answers:', () => {
  const calls = {
    ...Object.fromEntries(Object.entries(rows).map(([method, ways]) => [method, ways.map(([call]) => call)])),
    ...plainCalls,
  }
  test.each(
    Object.entries(calls).flatMap(([method, ways]) =>
      ways.map((call, index): [string, Call] => [`${method} ${index + 1}`, call]),
    ),
  )('%s', async (title, call) => {
    expect(await problemsOf(title, call)).toEqual([])
  })
})

describe('servers of each microversion are read:', () => {
  test.each<[string, (microversion: Microversion) => Call]>([
    ['get', (microversion) => (s) => s.get('s', { microversion })],
    ['all', (microversion) => (s) => s.all({}, { microversion })],
  ])('%s', async (_, at) => {
    const { sent } = await attempt(at('2.1'), '2.1', 0)
    for (const version of sent?.nova ? versionsOf(sent.nova) : []) {
      for (let way = 0, ways = 1; way < ways; way++) {
        const { error, ways: more } = await attempt(at(version), version, way)
        ways = more
        expect([version, way, error, warnings]).toEqual([version, way, undefined, []])
      }
    }
  })
})

describe('nothing is left out:', () => {
  test('every method of the operation tables is called', () => {
    const generated = Object.getOwnPropertyNames(Object.getPrototypeOf(Servers.prototype))
    expect(['constructor', ...Object.keys(rows)].toSorted()).toEqual(generated.toSorted())
  })

  test('every call of the reference is made', () => {
    const names = novaCalls.map(({ name }) => name)
    expect(names.filter((name) => !seen.has(name) && !isMet(NOT_CALLED, name))).toEqual([])
  })

  test('every part of a request that Nova knows is sent', () => {
    const unsent = novaCalls.flatMap((nova) => {
      const parts = [...(seen.get(nova.name) ?? [])]
      const isSent = (part: string) => parts.some((each) => each === part || each.endsWith(`.${part}`))
      return partsOf(nova)
        .filter((part) => !isSent(part))
        .map((part) => `${nova.name}: ${part}`)
    })
    expect(unsent.filter((part) => !isMet(NOT_SENT, part))).toEqual([])
  })

  test('every sample belongs to a call', () => {
    expect(otherSamples.filter((sample) => !isMet(OTHER_RESOURCE, sample))).toEqual([])
  })

  test('every difference that is known is still there', () => {
    const known = [...REFERENCE_IS_WRONG, ...MEANING_IS_NEWER, ...NOT_CALLED, ...NOT_SENT, ...OTHER_RESOURCE]
    expect(known.map(([what]) => String(what)).filter((what) => !met.has(what))).toEqual([])
  })
})
