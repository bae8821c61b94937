import type { HostedServerStatus } from 'cloud-environs'
import { expect, test } from 'vitest'
import { healthOf, phaseOf } from '../../src/servers/status.ts'

const status = (state: HostedServerStatus['state'], power: HostedServerStatus['power']) => ({
  state,
  power,
  message: '',
})

test.each<[HostedServerStatus['state'], HostedServerStatus['power'], string, string]>([
  ['active', 'on', 'Running', 'healthy'],
  ['stopped', 'off', 'Stopped', 'degraded'],
  ['stopping', 'on', 'Stopping', 'degraded'],
  ['queued', 'unknown', 'Queued', 'degraded'],
  ['building', 'unknown', 'Building', 'degraded'],
  ['changing', 'on', 'Running', 'degraded'],
  ['changing', 'unknown', 'Pending', 'degraded'],
  ['deleting', 'off', 'Stopped', 'degraded'],
  ['error', 'on', 'Running', 'errored'],
  ['error', 'unknown', 'Pending', 'errored'],
  ['unknown', 'unknown', 'Pending', 'unknown'],
])('rules 18 and 19: %s with power %s is %s and %s', (state, power, phase, health) => {
  expect([phaseOf(status(state, power)), healthOf(status(state, power))]).toEqual([phase, health])
})
