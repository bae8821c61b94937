/** What goes wrong on the wire when it is told to, and what is left when the cloud is closed. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { login, NEUTRON, NOVA, pick, type Rest } from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack()
  demo = await login(cloud)
})
afterAll(() => cloud.close())

const createGroup = (name: string) => demo.post(`${NEUTRON}/security-groups`, { security_group: { name } })
const groups = () => cloud.inventory().demo?.securityGroups.map(({ name }) => name)

describe('faults', () => {
  it('answer instead of the cloud, as often as they are told to', async () => {
    const fault = cloud.faults.add({
      path: /\/servers$/,
      skip: 1,
      action: { status: 503, headers: { 'retry-after': '7' }, body: 'later' },
    })
    expect((await demo.get(`${NOVA}/servers`)).status).toBe(200)
    const met = await demo.get(`${NOVA}/servers`)
    expect([met.status, met.headers.get('retry-after'), met.text]).toEqual([503, '7', 'later'])
    expect((await demo.get(`${NOVA}/servers`)).status).toBe(200)
    expect(fault.hits).toBe(1)
  })

  it('reset the connection before or after the cloud acted', async () => {
    cloud.faults.add({ method: 'POST', action: 'reset-before' })
    await expect(createGroup('before')).rejects.toBeInstanceOf(Error)
    expect(groups()).toEqual([])
    cloud.faults.add({ method: 'POST', action: 'reset-after' })
    await expect(createGroup('after')).rejects.toBeInstanceOf(Error)
    expect(groups()).toEqual(['after'])
    await demo.delete(`${NEUTRON}/security-groups/${cloud.inventory().demo?.securityGroups[0]?.id}`)
  })

  it('truncate an answer, or put a page of a gateway in its place', async () => {
    cloud.faults.add({ action: 'truncated' })
    await expect(demo.get(`${NEUTRON}/networks`)).rejects.toBeInstanceOf(Error)
    cloud.faults.add({ action: 'html' })
    const page = await demo.get(`${NEUTRON}/networks`)
    expect([page.status, page.text.includes('<html')]).toEqual([502, true])
  })

  it('end every token', async () => {
    const other = await login(cloud)
    cloud.expireTokens()
    expect((await other.get(`${NOVA}/servers`)).status).toBe(401)
    demo = await login(cloud)
  })
})

describe('bodies', () => {
  it('that are malformed or too large are refused', async () => {
    const url = `http://127.0.0.1:${cloud.port}${NEUTRON}/networks`
    const post = (body: string) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: { 'x-auth-token': demo.token, 'content-type': 'application/json' },
      })
    expect((await post('{')).status).toBe(400)
    expect((await post(JSON.stringify({ network: { name: 'x'.repeat(4_000_000) } }))).status).toBe(413)
  })
})

describe('a cloud that is closed', () => {
  it('ends what was under way, and listens no more', async () => {
    const short = await startEmbeddedOpenStack({ buildMillis: 60_000 })
    const rest = await login(short)
    short.faults.add({ path: /limits/, action: 'silence' })
    const waiting = rest.get(`${NOVA}/limits`).catch((error: unknown) => error)
    expect(pick((await rest.get(`${NOVA}/servers`)).body, 'servers')).toEqual([])
    await short.close()
    await short.close()
    expect(await waiting).toBeInstanceOf(Error)
    await expect(rest.get(`${NOVA}/servers`)).rejects.toBeInstanceOf(Error)
  })
})
