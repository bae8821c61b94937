import { ForbiddenError, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const base = '/compute/v2.1'

test('quotas are the own project’s unless another is named, and without a limit where it is -1', async () => {
  cloud.handler = ({ path }) => {
    if (path === `${base}/os-quota-sets/project-id`) {
      return { json: { quota_set: { id: 'project-id', cores: 20, ram: -1, key_pairs: 100, fixed_ips: 3 } } }
    }
    if (path === `${base}/os-quota-sets/other/defaults`) return { json: { quota_set: { server_groups: 10 } } }
    if (path !== `${base}/os-quota-sets/project-id/detail`) return undefined
    const use = { limit: 50, in_use: 7, reserved: 1 }
    return { json: { quota_set: { id: 'project-id', instances: use, ram: { ...use, limit: -1 } } } }
  }
  const { quotas } = cloud.connect().compute
  expect(await quotas.get()).toEqual({ cores: 20, keyPairs: 100 })
  expect(await quotas.defaults('other')).toEqual({ serverGroups: 10 })
  expect(await quotas.details()).toEqual({
    instances: { limit: 50, used: 7, reserved: 1 },
    ram: { limit: undefined, used: 7, reserved: 1 },
  })
})

test('quotas are changed one by one, and reset', async () => {
  const path = `${base}/os-quota-sets/p`
  cloud.handler = (request) => {
    if (request.path !== path) return undefined
    return request.method === 'PUT' ? { json: request.body } : { status: 202, text: '' }
  }
  const { quotas } = cloud.connect().compute
  expect(await quotas.update('p', { cores: 5, keyPairs: null, ram: undefined })).toEqual({ cores: 5 })
  await quotas.update('p', { serverGroupMembers: 2 }, { force: true })
  expect(cloud.requests('PUT').map(({ body }) => body)).toEqual([
    { quota_set: { cores: 5, key_pairs: -1 } },
    { quota_set: { server_group_members: 2, force: true } },
  ])
  await quotas.reset('p')
  expect(cloud.requests('DELETE', path)).toHaveLength(1)
})

test('quotas below what is used, and of others, are refused', async () => {
  const { quotas } = cloud.connect().compute
  const refuse = (status: number, name: string, message: string) => {
    cloud.handler = ({ path }) =>
      path.startsWith(base) ? { status, json: { [name]: { code: status, message } } } : undefined
  }
  refuse(
    400,
    'badRequest',
    'Quota limit 1 for cores must be greater than or equal to already used and reserved 5.',
  )
  expect(await failure(quotas.update('p', { cores: 1 }))).toBeInstanceOf(NotValidError)
  refuse(403, 'forbidden', "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.")
  expect(await failure(quotas.get('p'))).toBeInstanceOf(ForbiddenError)
  expect(await failure(quotas.get(''))).toBeInstanceOf(NotValidError)
})

test('limits are told with what is used of them', async () => {
  const absolute = {
    maxTotalInstances: 10,
    totalInstancesUsed: 3,
    maxTotalCores: -1,
    totalCoresUsed: 6,
    maxTotalRAMSize: 51_200,
    totalRAMUsed: 6144,
    maxServerGroups: 10,
    totalServerGroupsUsed: 1,
    maxServerGroupMembers: 10,
    maxTotalKeypairs: -1,
    maxServerMeta: 128,
  }
  cloud.handler = ({ path }) =>
    path === `${base}/limits` ? { json: { limits: { rate: [], absolute } } } : undefined
  const { limits } = cloud.connect().compute
  expect(await limits.get()).toEqual({
    instances: { limit: 10, used: 3 },
    cores: { limit: undefined, used: 6 },
    ram: { limit: 51_200, used: 6144 },
    serverGroups: { limit: 10, used: 1 },
    serverGroupMembers: 10,
    keyPairs: undefined,
    metadataItems: 128,
  })
  await limits.get({ projectId: 'p' })
  expect(cloud.requests('GET', `${base}/limits`).map(({ query }) => query)).toEqual(['', 'tenant_id=p'])
})
