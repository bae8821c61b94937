import { UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CloudDouble, failure, type Handler, wireServer } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const servers = '/compute/v2.1/servers/detail'
/** Nova with three servers, one a page, and links that name a host nobody can reach. */
const threePages: Handler = ({ path, query }) => {
  if (path !== servers) return undefined
  const number = Number(new URLSearchParams(query).get('marker') ?? 0) + 1
  const href = `http://internal.example:8774/v2.1/servers/detail?limit=1&marker=${number}`
  const links = number < 3 ? [{ rel: 'next', href }] : undefined
  return { json: { servers: [wireServer(`s${number}`)], servers_links: links } }
}

describe('a list', () => {
  test('follows links to the end, and stays at the endpoint', async () => {
    cloud.handler = threePages
    const all = await cloud.connect().compute.servers.all({ limit: 1, name: '^juju-' })
    expect(all.map(({ id }) => id)).toEqual(['s1', 's2', 's3'])
    expect(cloud.requests('GET', servers).map(({ query }) => query)).toEqual([
      'limit=1&name=%5Ejuju-',
      'limit=1&marker=1',
      'limit=1&marker=2',
    ])
  })

  test('fetches pages only as they are read', async () => {
    cloud.handler = threePages
    for await (const server of cloud.connect().compute.servers.list()) if (server.id === 's2') break
    expect(cloud.requests('GET', servers)).toHaveLength(2)
  })

  test("follows Glance's relative links", async () => {
    cloud.handler = ({ path, query }) => {
      if (path !== '/image/v2/images') return undefined
      const image = { id: query, status: 'active' }
      return { json: { images: [image], next: query.includes('marker') ? undefined : '/v2/images?marker=a' } }
    }
    const images = await cloud.connect().image.images.all({ properties: { os_distro: 'ubuntu' } })
    expect(images.map(({ id }) => id)).toEqual(['os_distro=ubuntu&limit=1000', 'marker=a'])
  })

  test('goes on after an empty page that has a link', async () => {
    cloud.handler = ({ path, query }) => {
      if (path !== servers) return undefined
      return query === ''
        ? { json: { servers: [], servers_links: [{ rel: 'next', href: 'http://x/?marker=1' }] } }
        : { json: { servers: [wireServer('s')] } }
    }
    expect(await cloud.connect().compute.servers.all()).toHaveLength(1)
  })

  test('whose pages lead back fails, and does not go round for ever', async () => {
    cloud.handler = ({ path }) =>
      path === servers
        ? { json: { servers: [], servers_links: [{ rel: 'next', href: 'http://x/?marker=1' }] } }
        : undefined
    const error = await failure(cloud.connect().compute.servers.all())
    expect(error).toBeInstanceOf(UnavailableError)
    expect(cloud.requests('GET', servers)).toHaveLength(2)
  })

  test('of more pages than allowed fails', async () => {
    cloud.handler = threePages
    const error = await failure(cloud.connect().compute.servers.all({}, { maxPages: 2 }))
    expect(error).toMatchObject({ message: 'cannot list servers: the list has more than 2 pages' })
  })

  test('leaves out one odd item with a warning', async () => {
    const warnings: unknown[] = []
    const none = () => {}
    const logger = {
      debug: none,
      info: none,
      warn: (message: string) => void warnings.push(message),
      error: none,
      child: () => logger,
    }
    cloud.handler = ({ path }) =>
      path === servers
        ? { json: { servers: [wireServer('a'), { id: 'b', status: 7 }, wireServer('c')] } }
        : undefined
    const all = await cloud.connect({ logger }).compute.servers.all()
    expect(all.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(warnings).toEqual(['left out one of servers that cannot be read'])
  })

  test('without the list in it fails', async () => {
    cloud.handler = ({ path }) => (path === servers ? { json: { flavors: [] } } : undefined)
    expect(await failure(cloud.connect().compute.servers.all())).toBeInstanceOf(UnavailableError)
  })
})
