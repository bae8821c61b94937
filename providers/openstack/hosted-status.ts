import type { HostedServerStatus } from 'cloud-environs/provider'
import type { Server } from './api/index.ts'
import { instanceStatus } from './server-status.ts'

/** Statuses that say all by themselves, while nothing is being done to the server. */
const STATES: Readonly<Record<string, HostedServerStatus['state']>> = {
  ACTIVE: 'active',
  ERROR: 'error',
  SHUTOFF: 'stopped',
  UNKNOWN: 'unknown',
}

/** What a snapshot is taken with, which the guest does not notice. */
const SNAPSHOT_TASK = /^image_/

/** Nova's power states. */
const POWER: Readonly<Record<number, HostedServerStatus['power']>> = {
  1: 'on',
  3: 'on',
  4: 'off',
  6: 'off',
  7: 'off',
}

function stateOf({ status, taskState }: Server): HostedServerStatus['state'] {
  if (taskState === 'deleting' || taskState === 'soft-deleting') return 'deleting'
  if (status === 'BUILD') return taskState === 'scheduling' ? 'queued' : 'building'
  if (taskState === 'powering-off') return 'stopping'
  const undisturbed = taskState === undefined || SNAPSHOT_TASK.test(taskState)
  return (status === 'ERROR' || undisturbed ? STATES[status] : undefined) ?? 'changing'
}

/** Nova's status and task in the words of the server service; the message is Nova's, with the fault. */
export const hostedStatus = (server: Server): HostedServerStatus => ({
  state: stateOf(server),
  power: POWER[server.powerState ?? 0] ?? 'unknown',
  message: instanceStatus(server).message,
})
