import { describe, expect, it } from 'vitest'
import type { Server } from '../../../providers/openstack/api/index.ts'
import { hostedStatus } from '../../../providers/openstack/hosted-status.ts'

const server = (fields: Partial<Server>): Server => fields as Server

describe('what Nova says of a server, in the words of the service', () => {
  it.each([
    ['BUILD', 'scheduling', 'queued'],
    ['BUILD', 'networking', 'building'],
    ['BUILD', 'deleting', 'deleting'],
    ['ACTIVE', undefined, 'active'],
    ['ACTIVE', 'image_uploading', 'active'],
    ['ACTIVE', 'powering-off', 'stopping'],
    ['ACTIVE', 'deleting', 'deleting'],
    ['ACTIVE', 'resize_prep', 'changing'],
    ['SHUTOFF', undefined, 'stopped'],
    ['SHUTOFF', 'powering-on', 'changing'],
    ['REBUILD', 'rebuilding', 'changing'],
    ['HARD_REBOOT', 'reboot_started_hard', 'changing'],
    ['PAUSED', undefined, 'changing'],
    ['SHELVED_OFFLOADED', undefined, 'changing'],
    ['ERROR', undefined, 'error'],
    ['ERROR', 'powering-on', 'error'],
    ['UNKNOWN', undefined, 'unknown'],
    ['A_NEW_ONE', undefined, 'changing'],
  ])('%s, doing %s, is %s', (status, taskState, state) => {
    expect(hostedStatus(server({ status, taskState })).state).toBe(state)
  })

  it.each([
    [1, 'on'],
    [3, 'on'],
    [4, 'off'],
    [7, 'off'],
    [0, 'unknown'],
    [undefined, 'unknown'],
  ])('power state %s is %s', (powerState, power) => {
    expect(hostedStatus(server({ status: 'ACTIVE', powerState })).power).toBe(power)
  })

  it('is told with Nova’s own words, and why it failed', () => {
    const fault = { code: 500, message: 'No valid host was found' }
    expect(hostedStatus(server({ status: 'ERROR', fault })).message).toBe('ERROR: No valid host was found')
    expect(hostedStatus(server({ status: 'REBUILD', taskState: 'rebuilding' })).message).toBe(
      'REBUILD (rebuilding)',
    )
  })
})
