import { NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure, wireServer } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const UUID = '0e44cc9c-e052-415d-afbf-469b0d384170'
/** A cloud with these servers, which answers a list with all of them: a database may match more than was meant. */
const withServers = (servers: readonly { readonly id: string; readonly name: string }[]) => {
  cloud.handler = ({ path }) => {
    if (path === '/compute/v2.1/servers') return { json: { servers } }
    const found = servers.find(({ id }) => path === `/compute/v2.1/servers/${id}`)
    if (found) return { json: { server: wireServer(found.id, found) } }
    return path.startsWith('/compute/v2.1/servers/')
      ? { status: 404, json: { itemNotFound: { code: 404, message: 'no' } } }
      : undefined
  }
  return cloud.connect().compute.servers
}

test('a name is sent anchored and escaped, and compared to the letter', async () => {
  const servers = withServers([
    { id: '1', name: 'WEB.1 (a)' },
    { id: '2', name: 'web.1 (a)' },
    { id: '3', name: 'webx1 (a)' },
  ])
  expect(await servers.find('web.1 (a)')).toMatchObject({ id: '2', name: 'web.1 (a)' })
  const query = new URLSearchParams(cloud.requests('GET', '/compute/v2.1/servers')[0]?.query)
  expect(query.get('name')).toBe(String.raw`^web\.1 \(a\)$`)
})

test('a name of two servers is refused with both ids', async () => {
  const error = await failure(
    withServers([
      { id: 'one', name: 'web' },
      { id: 'two', name: 'web' },
    ]).find('web'),
  )
  expect(error).toBeInstanceOf(NotValidError)
  expect(error).toMatchObject({ message: '"web" is the name of 2 servers: one, two', hint: 'give the id' })
})

test('an id is looked for before a name', async () => {
  const servers = withServers([
    { id: UUID, name: 'web' },
    { id: '2', name: UUID },
  ])
  expect(await servers.find(UUID)).toMatchObject({ id: UUID })
  expect(cloud.requests()).toHaveLength(1)
})

test('a name that looks like an id is found, too', async () => {
  expect(await withServers([{ id: '2', name: UUID }]).find(UUID)).toMatchObject({ id: '2' })
})

test('what is not there is undefined', async () => {
  const servers = withServers([{ id: '1', name: 'other' }])
  expect(await servers.find('web')).toBeUndefined()
  expect(await servers.find(UUID)).toBeUndefined()
})
