import { InvalidRequestError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import { actionOn, hosting, ownRecords, scopeOf, type ServerServices, toServer } from './access.ts'
import type { Server, ServerFilter } from './server.ts'
import { LABELS, type ServerRecord } from './server-store.ts'

/** See `ServerService.list`. */
export async function listServers(
  services: ServerServices,
  { organization, project, region, network, tags = [] }: ServerFilter = {},
  options: CallOptions = {},
): Promise<readonly Server[]> {
  const wanted = tags.map(parseTag)
  const labels = { organization, project, region, network }
  const fits = (record: ServerRecord): boolean =>
    Object.entries(labels).every(
      ([label, value]) =>
        value === undefined || record.labels[LABELS[label as keyof typeof labels]] === value,
    ) && wanted.every(([key, value]) => Object.hasOwn(record.tags, key) && record.tags[key] === value)
  const records = await visible(services, (await ownRecords(services)).filter(fits), options)
  if (records.length === 0) return []
  const hosted = new Map(
    (await hosting(services).list({ networkId: network }, options)).map((server) => [server.id, server]),
  )
  const now = services.clock.now()
  return records
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((record) => toServer(record, hosted.get(record.id), now))
}

/** Those that the caller may see; asked once for each project. */
async function visible(
  { authorizer }: ServerServices,
  records: readonly ServerRecord[],
  options: CallOptions,
): Promise<readonly ServerRecord[]> {
  const projects = new Map<string, Promise<boolean>>()
  const allowed = await Promise.all(
    records.map((record) => {
      const scope = scopeOf(record)
      const key = JSON.stringify([scope.organization, scope.project])
      const answer = projects.get(key) ?? authorizer.allows(actionOn('read', scope), options)
      projects.set(key, answer)
      return answer
    }),
  )
  return records.filter((_, index) => allowed[index])
}

/** Reads `key=value`. @throws InvalidRequestError */
function parseTag(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new InvalidRequestError(`"${text}" does not select a tag`, {
    operation: 'list servers',
    resource: `tag "${text}"`,
    hint: 'write key=value',
  })
}
