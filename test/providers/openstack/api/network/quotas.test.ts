import { ForbiddenError, NotSupportedError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const base = '/network/v2.0'

test('quotas are the own project’s unless another is named, and without a limit where it is -1', async () => {
  cloud.handler = ({ path }) => {
    if (path === `${base}/quotas/project-id`)
      return { json: { quota: { network: 100, floatingip: -1, odd: 3 } } }
    if (path === `${base}/quotas/other/default`) return { json: { quota: { security_group: 10 } } }
    if (path !== `${base}/quotas/project-id/details.json`) return undefined
    const use = { limit: 50, used: 7, reserved: 1 }
    return { json: { quota: { floatingip: use, port: { ...use, limit: -1 } } } }
  }
  const { quotas } = cloud.connect().network
  expect(await quotas.get()).toEqual({ network: 100 })
  expect(await quotas.defaults('other')).toEqual({ securityGroup: 10 })
  expect(await quotas.details()).toEqual({
    floatingIp: { limit: 50, used: 7, reserved: 1 },
    port: { limit: undefined, used: 7, reserved: 1 },
  })
})

test('quotas are changed one by one, and reset', async () => {
  cloud.handler = ({ method, path, body }) => {
    if (path !== `${base}/quotas/p`) return undefined
    return method === 'PUT' ? { json: body } : { status: 204, text: '' }
  }
  const { quotas } = cloud.connect().network
  await quotas.update('p', { floatingIp: 5, port: null, network: undefined })
  expect(cloud.requests('PUT')[0]?.body).toEqual({ quota: { floatingip: 5, port: -1 } })
  expect(await quotas.reset('p')).toBe(true)
  const missing = {
    type: 'TenantQuotaNotFound',
    message: 'Quota for tenant p could not be found.',
    detail: '',
  }
  cloud.handler = ({ path }) =>
    path === `${base}/quotas/p` ? { status: 404, json: { NeutronError: missing } } : undefined
  expect(await quotas.reset('p')).toBe(false)
  const refused = { type: 'PolicyNotAuthorized', message: 'rule:update_quota is disallowed', detail: '' }
  cloud.handler = ({ path }) =>
    path === `${base}/quotas/p` ? { status: 403, json: { NeutronError: refused } } : undefined
  expect(await failure(quotas.update('p', { network: 1 }))).toBeInstanceOf(ForbiddenError)
})

test('extensions are asked for once, by however many at once, and again after a failure', async () => {
  const extension = { alias: 'dns-integration', name: 'DNS Integration', description: '' }
  const path = `${base}/extensions`
  cloud.handler = (request) => (request.path === path ? { status: 403, json: {} } : undefined)
  const { extensions } = cloud.connect().network
  expect(await failure(extensions.has('dns-integration'))).toBeInstanceOf(ForbiddenError)
  cloud.handler = (request) => {
    if (request.path === path) return { json: { extensions: [extension, { alias: 'trunk' }] } }
    if (request.path === `${path}/dns-integration`) return { json: { extension } }
    const message = 'The resource could not be found.<br /><br />\nExtension with alias x does not exist'
    const absent = { message, code: '404 Not Found', title: 'Not Found' }
    return request.path === `${path}/x` ? { status: 404, json: absent } : undefined
  }
  const both = await Promise.all([extensions.has('trunk'), extensions.has('qos')])
  expect([...both, await extensions.has('dns-integration')]).toEqual([true, false, true])
  expect(cloud.requests('GET', path)).toHaveLength(2)
  expect(await extensions.get('dns-integration')).toEqual(extension)
  expect(await failure(extensions.get('x'))).toBeInstanceOf(NotSupportedError)
})

test('zones are told apart by what they are for', async () => {
  const zone = { name: 'az1', resource: 'router', state: 'available' }
  cloud.handler = ({ path }) =>
    path === `${base}/availability_zones`
      ? { json: { availability_zones: [zone, { ...zone, resource: 'network', state: 'unavailable' }] } }
      : undefined
  expect(await cloud.connect().network.availabilityZones.all()).toEqual([
    { name: 'az1', resource: 'router', available: true },
    { name: 'az1', resource: 'network', available: false },
  ])
})
