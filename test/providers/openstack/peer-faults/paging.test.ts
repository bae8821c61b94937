/** What other clients get wrong about long lists, and how many of them they ask for. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure, wireServer } from '../api/cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const LIST = '/compute/v2.1/servers/detail'
/** Nova with two servers on a page each, linked like that. */
const linked = (href: string): void => {
  cloud.handler = ({ path, query }) => {
    if (path !== LIST) return undefined
    const marked = query.includes('marker=a')
    const links = marked ? {} : { servers_links: [{ rel: 'next', href }] }
    return { json: { servers: [wireServer(marked ? 'b' : 'a')], ...links } }
  }
}
const all = () => cloud.connect().compute.servers.all({ status: 'ACTIVE' })

test.each([
  ['pkgcloud, rackspace/gophercloud#50: a list ends after its first page', LIST],
  [
    'gophercloud/utils#126: a next page is looked for where only the cloud itself can reach it',
    `http://10.0.0.1:8774${LIST}`,
  ],
  ['gtema/openstack#332, chnsz/golangsdk#484: a relative link leads nowhere', ''],
  ['gophercloud#466: a link of another path loses the prefix of a proxy', '/v2.1/servers/detail'],
])('%s', async (_, address) => {
  linked(`${address}?status=ACTIVE&marker=a`)
  expect((await all()).map(({ id }) => id)).toEqual(['a', 'b'])
  expect(cloud.requests().map(({ path, query }) => `${path}?${query}`)).toEqual([
    `${LIST}?status=ACTIVE`,
    `${LIST}?status=ACTIVE&marker=a`,
  ])
})

test('apache/libcloud#1467: a list that leads back to itself never ends', async () => {
  cloud.handler = ({ path }) =>
    path === LIST
      ? { json: { servers: [wireServer('a')], servers_links: [{ rel: 'next', href: '?marker=a' }] } }
      : undefined
  expect(await failure(all())).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('leads back to a page that was read already'),
  })
  expect(cloud.requests()).toHaveLength(2)
})

test('apache/libcloud#1467: nor does one that goes on without end', async () => {
  cloud.handler = ({ path }, count) =>
    path === LIST
      ? { json: { servers: [], servers_links: [{ rel: 'next', href: `?marker=${count}` }] } }
      : undefined
  const endless = cloud.connect().compute.servers.all({}, { maxPages: 5 })
  expect(await failure(endless)).toMatchObject({ message: expect.stringContaining('more than 5 pages') })
  expect(cloud.requests()).toHaveLength(5)
})

test('ansible#23354, vexxhost/atmosphere#4000: the whole project is listed once for each server', async () => {
  cloud.handler = ({ path }) =>
    path === '/network/v2.0/ports'
      ? { json: { ports: [] } }
      : path === LIST
        ? { json: { servers: ['a', 'b', 'c'].map((id) => wireServer(id)) } }
        : undefined
  const { compute, network } = cloud.connect()
  await network.ports.all({ deviceId: ['a', 'b', 'c'], projectId: 'p' })
  expect(cloud.requests().map(({ query }) => query)).toEqual([
    'device_id=a&device_id=b&device_id=c&project_id=p',
  ])
  cloud.received.length = 0
  const watcher = compute.servers.watcher()
  await Promise.all(['a', 'b', 'c'].map((id) => watcher.waitForStatus(id)))
  expect(cloud.requests()).toHaveLength(1)
})
