/** What is refused for who asks, and what for what is asked: a credential is wrong only when the cloud says so. */

import {
  type EnvironsError,
  findError,
  ForbiddenError,
  QuotaExceededError,
  UnauthorizedError,
} from 'cloud-environs'
import { ZoneIndependentError } from 'cloud-environs/provider'
import type { FaultRule } from 'cloud-environs/providers/openstack/embedded'
import { describe, expect, it } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { embeddedModel, left } from '../peer-faults/embedded-model.ts'

const always = { times: Number.POSITIVE_INFINITY }
const nova = (status: number, message: string) => ({ status, body: { forbidden: { code: status, message } } })
const policy = "Policy doesn't allow os_compute_api:servers:create to be performed."
const neutronPolicy = { NeutronError: { type: 'PolicyNotAuthorized', message: policy, detail: '' } }

type Class = typeof ForbiddenError | typeof QuotaExceededError | typeof UnauthorizedError

describe('a start', () => {
  it.each<[string, FaultRule, Class]>([
    [
      'that a policy of Nova forbids is forbidden',
      { method: 'POST', path: /\/servers$/, action: nova(403, policy) },
      ForbiddenError,
    ],
    [
      'that a policy of Neutron forbids is forbidden',
      { method: 'POST', path: /\/security-groups$/, action: { status: 403, body: neutronPolicy } },
      ForbiddenError,
    ],
    [
      'beyond a quota is that',
      {
        method: 'POST',
        path: /\/servers$/,
        action: nova(403, 'Quota exceeded for instances: Requested 1, but already used 10 of 10 instances'),
      },
      QuotaExceededError,
    ],
    [
      'whose every token is refused has no good credential',
      { method: 'POST', path: /\/servers$/, ...always, action: { status: 401 } },
      UnauthorizedError,
    ],
  ])('%s, and leaves nothing', async (_, rule, type) => {
    const { cloud, environ, start } = await embeddedModel()
    const fault = cloud.faults.add(rule)
    const error = await failure(start())
    expect(error).toBeInstanceOf(ZoneIndependentError)
    const classes = [UnauthorizedError, QuotaExceededError, ForbiddenError]
    expect(classes.find((each) => findError(error, each))).toBe(type)
    fault.remove()
    await environ.destroy()
    expect(left(cloud)).toEqual([])
  })
})

describe('a token that ended', () => {
  it('is renewed once, and nobody hears of it', async () => {
    const { cloud, start, environ } = await embeddedModel()
    await environ.allInstances()
    cloud.requests.clear()
    cloud.faults.add({ method: 'POST', path: /\/servers$/, action: { status: 401 } })
    await start()
    expect(cloud.requests.count('POST', /\/auth\/tokens$/)).toBe(1)
  })
})

describe('a password that was changed', () => {
  it('is told as such, with what to do, by whatever is called next', async () => {
    const { cloud, environ } = await embeddedModel()
    cloud.faults.add({
      method: 'POST',
      path: /\/auth\/tokens$/,
      ...always,
      action: {
        status: 401,
        body: { error: { code: 401, message: 'The request you have made requires authentication.' } },
      },
    })
    for (const call of [
      () => environ.allInstances(),
      () => environ.storageProvider('cinder'),
      () => environ.constraintsValidator(),
      () => environ.destroy(),
    ]) {
      const error = findError(await failure(call()), UnauthorizedError) as EnvironsError | undefined
      expect(error?.message).toContain('demo')
      expect(error?.hint).toBeTruthy()
    }
    cloud.faults.clear()
  })
})
