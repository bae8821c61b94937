/** What a server is in: the table from what the cloud says to phase and health. */

import type { HostedServer, HostedServerStatus } from '../environ/server-hosting.ts'
import type { ServerHealth, ServerPhase, ServerStatus } from './server.ts'
import type { ServerRecord } from './server-store.ts'

/** Milliseconds. As long as turning a server on or off may take; a hint that is older was left by a process that died. */
const HINT_TIMEOUT = 180_000

/** States that say more than the power does. */
const PHASES: { readonly [S in HostedServerStatus['state']]?: ServerPhase } = {
  queued: 'Queued',
  building: 'Building',
  stopping: 'Stopping',
}

const PHASE_BY_POWER: { readonly [P in HostedServerStatus['power']]: ServerPhase } = {
  on: 'Running',
  off: 'Stopped',
  unknown: 'Pending',
}

/** All others are degraded. */
const HEALTHS: { readonly [S in HostedServerStatus['state']]?: ServerHealth } = {
  active: 'healthy',
  error: 'errored',
  unknown: 'unknown',
}

/** The phase that a cloud's status means. */
export const phaseOf = ({ state, power }: HostedServerStatus): ServerPhase =>
  PHASES[state] ?? PHASE_BY_POWER[power]

/** The health that a cloud's status means. */
export const healthOf = ({ state }: HostedServerStatus): ServerHealth => HEALTHS[state] ?? 'degraded'

/** The status of a server that is kept, and that the cloud has, or does not have. */
export function serverStatus(
  { state, hint }: ServerRecord,
  hosted: HostedServer | undefined,
  now: number,
): ServerStatus {
  const expected = hint && now - hint.since < HINT_TIMEOUT ? hint.phase : undefined
  if (hosted) {
    const { status } = hosted
    const message = state === 'deleting' ? `${status.message}, being deleted` : status.message
    return { phase: expected ?? phaseOf(status), health: healthOf(status), message }
  }
  if (state === 'creating') return { phase: 'Pending', health: 'unknown', message: 'being made' }
  if (state === 'deleting') return { phase: 'Stopping', health: 'degraded', message: 'being deleted' }
  return { phase: 'Stopped', health: 'errored', message: 'the cloud does not have it any more' }
}
