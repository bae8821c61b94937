// Reduces Nova's API samples and API reference to facts: keys, types, versions and statuses, nothing of their text.
// By hand, from this folder: node digest.mjs <checkout of https://opendev.org/openstack/nova> > digest.jsonl

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const nova = process.argv[2]
const filesBelow = (folder, ending) =>
  readdirSync(join(nova, folder), { recursive: true })
    .filter((file) => file.endsWith(ending))
    .map((file) => [file, readFileSync(join(nova, folder, file), 'utf8')])

/** Operations on servers; Nova's other resources have clients of their own. */
const IS_KEPT = /^\/(servers|os-migrations|os-console-auth-tokens)(\/|$)/

/** Samples of requests that the reference does not show, by the call that they belong to. */
const MORE_REQUESTS = {
  'POST /servers': /^servers\/server-create-req|^os-multiple-create\/.*-req$/,
  'PUT /servers/{server_id}': /^servers\/server-put-req/,
  'POST /servers/{server_id}/action lock': /lock-server-with-reason$/,
  'POST /servers/{server_id}/action evacuate': /^os-evacuate\/.*req$/,
  'POST /servers/{server_id}/action migrate': /^os-migrate-server\/migrate-/,
  'POST /servers/{server_id}/action os-migrateLive': /\/live-migrate-server$/,
  'POST /servers/{server_id}/action rebuild': /rebuild-preserve-ephemeral$/,
  'POST /servers/{server_id}/action rescue': /^os-rescue\/server-rescue-req/,
  'POST /servers/{server_id}/action trigger_crash_dump': /crash-dump$/,
  'POST /servers/{server_id}/action unshelve': /^os-shelve\/os-unshelve/,
  'POST /servers/{server_id}/os-interface': /attach-interfaces-create-.*req$/,
  'POST /servers/{server_id}/remote-consoles': /^os-(remote-consoles|console-auth-tokens)\/create-.*req$/,
  'POST /servers/{server_id}/shares': /server-shares-create-.*req$/,
}

/** The same for answers. */
const MORE_RESPONSES = {
  'GET /servers': /^servers\/servers-list|^servers-sort\//,
  'GET /servers/detail': /^servers\/servers-details|servers-tags-details/,
  'GET /servers/{server_id}': /^servers\/server-get|^os-rescue\/server-get|server-tags-show/,
  'PUT /servers/{server_id}': /^servers\/server-put-resp/,
  'POST /servers/{server_id}/action createBackup': /create-backup-resp$/,
  'POST /servers/{server_id}/action evacuate': /^os-evacuate\/.*resp$/,
  'POST /servers/{server_id}/action rebuild': /rebuild-preserve-ephemeral-resp$/,
  'GET /servers/{server_id}/os-instance-actions': /^os-instance-actions\/instance-actions-list/,
  'GET /servers/{server_id}/os-instance-actions/{request_id}': /^os-instance-actions\/instance-action-get/,
  'GET /servers/{server_id}/topology': /servers-topology-resp/,
  'GET /os-migrations': /^os-migrations\//,
  'POST /servers/{server_id}/remote-consoles': /^os-remote-consoles\/create-.*resp$/,
  'POST /servers/{server_id}/shares': /server-shares-admin-create/,
}

/** Objects whose keys are free text. */
const FREE = new Set(['metadata', 'meta', 'addresses', 'extra_specs', 'properties', 'cpu_pinning'])
const FREE_SAMPLES = new Set(['server-ips/server-ips-network-resp'])
/** Of no use to a client. */
const UNUSED = new Set(['links'])

// Shapes: an object has its keys, or `*` for any; a list has `[]` for its items; a leaf is the name of its types.

function shapeOf(value, isFree) {
  if (Array.isArray(value)) return { '[]': value.map((item) => shapeOf(item)).reduce(either, {}) }
  if (value === null) return 'null'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (typeof value !== 'object') return typeof value
  const shapes = Object.entries(value)
    .filter(([key]) => !UNUSED.has(key))
    .map(([key, each]) => [key, shapeOf(each, FREE.has(key))])
  if (isFree) return { '*': shapes.map(([, shape]) => shape).reduce(either, {}) }
  return sorted(shapes)
}

/** The shape of both; an empty one says nothing. */
function either(a, b) {
  if (typeof a === 'string' && typeof b === 'string') {
    return [...new Set([...a.split('|'), ...b.split('|')])].sort().join('|')
  }
  if (typeof b === 'string') return keysOf(a, {}).length === 0 ? b : a
  return sorted(
    keysOf(a, b).map((key) => [key, key in a && key in b ? either(a[key], b[key]) : (a[key] ?? b[key])]),
  )
}

/** What makes `b` of `a`, as a JSON merge patch (RFC 7396). */
function patch(a, b) {
  if (typeof a === 'string' || typeof b === 'string') return b
  const changed = keysOf(a, b).filter((key) => !isSame(a[key], b[key]))
  return sorted(changed.map((key) => [key, key in a && key in b ? patch(a[key], b[key]) : (b[key] ?? null)]))
}

const sorted = (entries) => Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
const keysOf = (a, b) => [...new Set([...Object.keys(a), ...Object.keys(b)])]
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b)

const minor = (version) => Number(version.split('.')[1])
const byVersion = (a, b) => minor(a) - minor(b)

/** Shapes by the name of the sample and the version. */
function readSamples() {
  const samples = {}
  for (const [file, text] of filesBelow('doc/api_samples', '.json')) {
    const [, resource, folder, base, suffix] = /^([^/]+)\/(?:v(2\.\d+)\/)?(.+?(?:-v2(\d+))?)\.json$/.exec(
      file,
    )
    const version = folder ?? `2.${suffix ?? 1}`
    const name = `${resource}/${base}`
    samples[name] ??= {}
    samples[name][version] = shapeOf(JSON.parse(text), FREE_SAMPLES.has(name))
  }
  return sorted(Object.entries(samples))
}

/** The newest shape up to the version. */
function shapeAt(shapes, version) {
  const known = Object.keys(shapes).filter((each) => byVersion(each, version) <= 0)
  return shapes[known.toSorted(byVersion).at(-1)]
}

/** The shape at its first version, then what later ones change of it. */
function changesOf(shapes) {
  const versions = Object.keys(shapes).toSorted(byVersion)
  return changed(
    versions.map((version, at) => [version, patch(shapes[versions[at - 1]] ?? {}, shapes[version])]),
  )
}

/** What differs from another sample at each version, when that is less to say. */
function differenceOf(shapes, name, other) {
  const [first, ...rest] = Object.keys({ ...shapes, ...other }).toSorted(byVersion)
  const versions = [first, ...rest].filter((each) => shapeAt(shapes, each) && shapeAt(other, each))
  if (!versions.includes(Object.keys(shapes).toSorted(byVersion)[0])) return undefined
  const patches = versions.map((version) => [
    version,
    patch(shapeAt(other, version), shapeAt(shapes, version)),
  ])
  const kept = patches.filter(([, each], at) => at === 0 || !isSame(each, patches[at - 1][1]))
  return { like: name, ...Object.fromEntries(kept) }
}

const changed = (changes) =>
  Object.fromEntries(changes.filter(([, change], at) => at === 0 || Object.keys(change).length > 0))

function describeSample(name, names, samples) {
  const ways = names
    .slice(0, names.indexOf(name))
    .map((other) => differenceOf(samples[name], other, samples[other]))
    .filter((each) => each !== undefined)
  const lengthOf = (value) => JSON.stringify(value).length
  return [changesOf(samples[name]), ...ways].toSorted((a, b) => lengthOf(a) - lengthOf(b))[0]
}

/** Everything is a text: 2.30 is not 2.3. */
const readParameters = () =>
  parse(readFileSync(join(nova, 'api-ref/source/parameters.yaml'), 'utf8'), { schema: 'failsafe' })

/** `type from-to` of the parameters that a section names, in `body` and in `query`. */
function parametersOf(section, parameters) {
  const found = { body: {}, query: {} }
  for (const [, name, reference] of section.matchAll(/^ +- (\S+): (\S+)$/gm)) {
    const {
      in: place,
      type,
      required,
      min_version,
      max_version,
      description = '',
    } = parameters[reference] ?? {}
    if (!(place in found)) continue
    const nullable = place === 'body' && /\b(null|None)\b/.test(description) ? '|null' : ''
    const needed = place === 'body' && required === 'true' ? '!' : ''
    const range = min_version || max_version ? ` ${min_version ?? '2.1'}-${max_version ?? ''}` : ''
    found[place][name] = [found[place][name], type + nullable + needed + range].filter(Boolean).join(', ')
  }
  return found
}

function samplesOf(section) {
  const shown = section.matchAll(/doc\/api_samples\/([^/\s]+)\/(?:v[\d.]+\/)?([^/\s]+)\.json/g)
  return [...shown].map(([, resource, base]) => `${resource}/${base}`)
}

/** What the reference says of each call; of an action, its key is part of the call. */
function readOperations(samples) {
  const operations = {}
  const parameters = readParameters()
  for (const [, text] of filesBelow('api-ref/source', '.inc')) {
    const [preamble] = text.split('.. rest_method::', 1)
    for (const section of text.split(/^(?=[^\s=].*\n={3,}\n)/m)) {
      const [, method, path] = /^\.\. rest_method:: ([A-Z]+) (\S+)/m.exec(section) ?? []
      if (path === undefined || !IS_KEPT.test(path)) continue
      const [request, response = ''] = section.split(/^Response\n-+$/m)
      const { body, query } = parametersOf(request, parameters)
      const key = path.endsWith('/action') ? Object.keys(body).slice(0, 1) : []
      const [, statuses = ''] = /^Normal response codes:(.*)/m.exec(section) ?? []
      const [, from] =
        /Microversion (2\.\d+) or greater is required/.exec(section) ??
        /(?:Available since|\(New in) version (2\.\d+)/.exec(preamble) ??
        []
      const [, to] = /^\.\. rest_method:.*\n +max_version: (2\.\d+)/m.exec(section) ?? []
      const [, gone] = /fail with a 404\s+(?:starting )?from microversion (2\.\d+)/.exec(section) ?? []
      const operation = (operations[[method, path, ...key].join(' ')] ??= {
        statuses: new Set(),
        body: {},
        query: {},
        requests: new Set(),
        responses: new Set(),
      })
      for (const status of statuses.match(/(?<![.\d])2\d\d(?![.\d])/g) ?? []) operation.statuses.add(status)
      operation.from ??= from
      operation.to ??= to ?? (gone && `2.${minor(gone) - 1}`)
      Object.assign(operation.body, body)
      Object.assign(operation.query, query)
      for (const name of samplesOf(request)) operation.requests.add(name)
      for (const name of samplesOf(response)) operation.responses.add(name)
    }
  }
  const isMore = (patterns, call) => (name) => patterns[call]?.test(name)
  for (const [call, { requests, responses }] of Object.entries(operations)) {
    for (const name of Object.keys(samples).filter(isMore(MORE_REQUESTS, call))) requests.add(name)
    for (const name of Object.keys(samples).filter(isMore(MORE_RESPONSES, call))) responses.add(name)
  }
  return operations
}

/** Where the reference does not say when an operation begins, its oldest sample does. */
function beginningOf({ from, requests, responses }, samples) {
  const versions = [...requests, ...responses].flatMap((name) => Object.keys(samples[name]))
  return from ?? versions.sort(byVersion)[0] ?? '2.1'
}

const samples = readSamples()
const operations = readOperations(samples)
const used = new Set(
  Object.values(operations).flatMap(({ requests, responses }) => [...requests, ...responses]),
)
const names = Object.keys(samples).filter((name) => used.has(name))
const resources = new Set(names.map((name) => name.split('/')[0]))
const others = Object.keys(samples).filter((name) => resources.has(name.split('/')[0]) && !used.has(name))

function describeOperation({ statuses, to, body, query, requests, responses, ...more }) {
  const from = beginningOf({ ...more, requests, responses }, samples)
  const facts = {
    statuses: [...statuses].map(Number),
    from: from === '2.1' ? undefined : from,
    to,
    body,
    query,
  }
  const all = { ...facts, requests: [...requests], responses: [...responses] }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => Object.keys(value ?? {}).length > 0))
}

const commit = execFileSync('git', ['-C', nova, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
const lines = [
  { source: 'https://opendev.org/openstack/nova', folders: ['doc/api_samples', 'api-ref/source'], commit },
  ...Object.entries(sorted(Object.entries(operations))).map(([call, facts]) => ({
    call,
    ...describeOperation(facts),
  })),
  ...names.map((sample) => ({ sample, ...describeSample(sample, names, samples) })),
  ...others.map((other) => ({ other })),
]
process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
