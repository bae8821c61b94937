import { NotFoundError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import type { AgentConstraint } from './find.ts'
import { compareAgentVersions, readAgentVersion } from './version.ts'

/** What sources have instead of what is looked for, in words. */
export type Offers = Map<DataSource, Set<string>>

/** Of each source; public ones have hundreds. */
const SHOWN = 6

/** Notes what a source has instead. */
export function offer(offers: Offers, source: DataSource, what: Iterable<string>): void {
  const known = offers.get(source) ?? new Set()
  for (const one of what) known.add(one)
  offers.set(source, known)
}

/** Of versions; everything else stays in its order. */
function newestFirst(a: string, b: string): number {
  const [one, other] = [readAgentVersion(a), readAgentVersion(b)]
  return one && other ? compareAgentVersions(other, one) : 0
}

function has(source: DataSource, what: ReadonlySet<string> = new Set()): string {
  const rest = what.size > SHOWN ? [`${what.size - SHOWN} more`] : []
  const list = [...[...what].sort(newestFirst).slice(0, SHOWN), ...rest].join(', ')
  return `"${source.description}" has ${list || 'none'}`
}

/** What was looked for beside what there is. */
export function noAgents(
  { version, os, arches, region, endpoint }: AgentConstraint,
  streams: readonly string[],
  sources: readonly DataSource[],
  offers: Offers,
): NotFoundError {
  const wanted = [
    `no agent${version === undefined ? '' : ` ${version}`}`,
    ...(os === undefined ? [] : [`for ${os}`]),
    ...(arches ? [`on ${arches.join(' or ')}`] : []),
    ...(region === undefined ? [] : [`in ${region} at ${endpoint}`]),
    `in the stream ${streams.join(', ')}`,
  ]
  const there = sources.map((source) => has(source, offers.get(source))).join('; ') || 'there is no source'
  return new NotFoundError(`${wanted.join(' ')}; ${there}`, {
    resource: 'agent metadata',
    hint: 'ask for a version that there is, or pack and publish your own build',
  })
}
