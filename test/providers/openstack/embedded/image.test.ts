import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { GLANCE, list, login, pick, type Rest } from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ pageLimit: 2 })
  demo = await login(cloud)
})
afterAll(() => cloud.close())

describe('images', () => {
  it('come in pages whose next link is a path', async () => {
    const names: string[] = []
    let next: string | undefined = `${GLANCE}/images?sort=name:asc`
    while (next) {
      expect(next).toMatch(/^\/(image\/)?v2\/images\?/)
      const { body } = await demo.get(next.startsWith('/image') ? next : `/image${next}`)
      names.push(...list(body, 'images').map(({ name }) => String(name)))
      next = pick(body, 'next') as string | undefined
    }
    expect(names).toContain('ubuntu-noble-24.04-server-amd64')
    expect(names).toEqual(names.toSorted())
    expect(new Set(names).size).toBe(names.length)
  })

  it('are found by their properties', async () => {
    const { body } = await demo.get(`${GLANCE}/images?os_distro=ubuntu&os_version=24.04&architecture=aarch64`)
    expect(list(body, 'images').map(({ name }) => name)).toEqual(['ubuntu-noble-24.04-server-arm64'])
  })

  it('that are private are made, shown and deleted by their owner alone', async () => {
    const made = await demo.post(`${GLANCE}/images`, {
      name: 'mine',
      disk_format: 'raw',
      container_format: 'bare',
    })
    expect(made.status).toBe(201)
    expect(pick(made.body, 'status')).toBe('queued')
    const path = `${GLANCE}/images/${String(pick(made.body, 'id'))}`
    const alt = await login(cloud, 'alt_demo')
    expect((await alt.get(path)).status).toBe(404)
    expect((await demo.delete(path)).status).toBe(204)
    expect((await demo.get(path)).status).toBe(404)
  })
})
