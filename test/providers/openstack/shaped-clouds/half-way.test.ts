/** What fails after something was made: it is removed again, and what is well is left alone. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  ConflictError,
  findError,
  ForbiddenError,
  NoInstancesError,
  PartialInstancesError,
  UnavailableError,
} from 'cloud-environs'
import { type Clock, TimeoutError, ZoneIndependentError } from 'cloud-environs/provider'
import { describe, expect, it, vi } from 'vitest'
import { failure, wireServer } from '../api/cloud-double.ts'
import { embeddedModel, left } from '../peer-faults/embedded-model.ts'

const ALWAYS = Number.POSITIVE_INFINITY
const neutron = (status: number, type: string) => ({
  status,
  body: { NeutronError: { type, message: type, detail: '' } },
})
const nova = (status: number, message: string) => ({ status, body: { fault: { code: status, message } } })

/** Time that goes a thousand times as fast: for waits that end by their deadline. */
const began = Date.now()
const rushingClock: Clock = {
  now: () => began + (Date.now() - began) * 1000,
  sleep: async (ms, { signal } = {}) => {
    await sleep(ms / 1000)
    signal?.throwIfAborted()
  },
}

/** On the network `private`, in two spaces. */
async function inSpaces({ connection }: Awaited<ReturnType<typeof embeddedModel>>) {
  const [network] = await connection.network.networks.all({ name: 'private' })
  const [subnet = ''] = network?.subnets ?? []
  return { subnetsToZones: [new Map([[subnet, []]]), new Map([[subnet, []]])] }
}

describe('a server that is being built', () => {
  it.each([
    ['answers 500', nova(500, 'the disk is on fire')],
    ['breaks the connection', 'reset-before'],
    ['answers with a page', 'html'],
    ['answers 401', { status: 401 }],
  ] as const)('is waited for although the cloud %s meanwhile', async (_, action) => {
    const { cloud, start } = await embeddedModel({ buildMillis: 60 })
    const statusCallback = (status: string, message?: string): void => {
      if (message?.includes('is being built'))
        cloud.faults.add({ method: 'GET', path: /\/servers\//, times: 3, action })
    }
    const { instance } = await start({ statusCallback })
    expect(instance.status.state).toBe('running')
    expect(cloud.requests.count('POST', /\/servers$/)).toBe(1)
    expect(cloud.requests.count('DELETE', /\/servers\//)).toBe(0)
  })

  it('and never will be is removed after a while, with all that was made for it', async () => {
    const { cloud, start } = await embeddedModel({ buildMillis: 10_000_000 }, { clock: rushingClock })
    const error = await failure(start({ constraints: { allocatePublicIp: true } }))
    expect(error).toBeInstanceOf(ZoneIndependentError)
    expect(findError(error, TimeoutError)?.message).toMatch(
      /^server [0-9a-f-]{36} was not ACTIVE after 300 s; it is BUILD/,
    )
    expect(left(cloud).filter((each) => !each.startsWith('securityGroups'))).toEqual([])
    expect(cloud.inventory()['demo']?.securityGroups).toHaveLength(1)
  })

  it.each(['PAUSED', 'SHUTOFF', 'RESCUE', 'VERIFY_RESIZE'])(
    'and that somebody else brings to %s is removed, and not made a second time',
    async (status) => {
      const { cloud, environ, start } = await embeddedModel({ buildMillis: 500 })
      const statusCallback = (_status: string, message = ''): void => {
        const [, id = ''] = /server (\S+) is being built/.exec(message) ?? []
        if (id === '') return
        const server = wireServer(id, { status })
        cloud.faults.add({ path: new RegExp(`/servers/${id}$`), action: { status: 200, body: { server } } })
      }
      const error = await failure(start({ statusCallback }))
      expect(error).toBeInstanceOf(ZoneIndependentError)
      expect((error as Error).message).toMatch(new RegExp(`^cannot run instance: server \\S+ is ${status}: `))
      expect(cloud.requests.count('POST', /\/servers$/)).toBe(1)
      expect(await environ.allInstances()).toEqual([])
      expect(cloud.inventory()['demo']).toMatchObject({ servers: [], ports: [] })
    },
  )

  it('and is deleted by somebody else is not made a second time', async () => {
    const { cloud, connection, start } = await embeddedModel({ buildMillis: 500 })
    let deleted: Promise<unknown> | undefined
    const statusCallback = (_status: string, message = ''): void => {
      const [, id] = /server (\S+) is being built/.exec(message) ?? []
      if (id !== undefined) deleted = connection.compute.servers.delete(id)
    }
    const error = await failure(start({ statusCallback }))
    await deleted
    expect((error as Error).message).toMatch(/somebody deleted it/)
    expect(cloud.requests.count('POST', /\/servers$/)).toBe(1)
    expect(cloud.inventory()['demo']?.servers).toEqual([])
  })
})

describe('a machine in spaces', () => {
  it('is not started when one of its ports cannot be made', async () => {
    const model = await embeddedModel()
    const { cloud, start } = model
    const where = await inSpaces(model)
    cloud.faults.add({ method: 'POST', path: /\/ports$/, action: neutron(409, 'IpAddressGenerationFailure') })
    const error = await failure(start(where))
    expect(findError(error, ConflictError)?.message).toContain('IpAddressGenerationFailure')
    expect(cloud.requests.count('POST', /\/servers$/)).toBe(0)
    expect(cloud.inventory()['demo']).toMatchObject({ ports: [], servers: [] })
  })

  it('leaves none of its ports when its server is refused', async () => {
    const model = await embeddedModel()
    const { cloud, start } = model
    const where = await inSpaces(model)
    cloud.faults.add({ method: 'POST', path: /\/servers$/, action: nova(400, 'no such thing') })
    expect(((await failure(start(where))) as Error).message).toContain('no such thing')
    expect(cloud.requests.count('POST', /\/ports$/)).toBe(1)
    expect(cloud.inventory()['demo']).toMatchObject({ ports: [], servers: [] })
    expect(cloud.inventory()['demo']?.securityGroups).toHaveLength(1)
  })
})

describe('a public address that cannot be had', () => {
  const refused = { method: 'POST', path: /\/floatingips$/, action: neutron(404, 'ExternalNetworkFull') }

  it('removes the very server that was started, and leaves the others', async () => {
    const { cloud, environ, start } = await embeddedModel()
    const { instance } = await start()
    cloud.faults.add(refused)
    const error = await failure(start({ constraints: { allocatePublicIp: true } }))
    expect(error).toBeInstanceOf(ZoneIndependentError)
    expect((error as Error).message).toContain('ExternalNetworkFull')
    expect((await environ.allInstances()).map(({ id }) => id)).toEqual([instance.id])
    expect(cloud.inventory()['demo']).toMatchObject({ floatingIps: [], servers: [{ id: instance.id }] })
  })

  it('ends a bootstrap that asked for one, and leaves nothing', async () => {
    const { cloud, controller } = await embeddedModel()
    cloud.faults.add(refused)
    const error = await failure(controller({ bootstrapConstraints: { allocatePublicIp: true } }))
    expect((error as Error).message).toContain('ExternalNetworkFull')
    expect(left(cloud)).toEqual([])
  })

  it('keeps nobody else waiting', async () => {
    const { cloud, environ, params, start } = await embeddedModel()
    const withAddress = { constraints: { allocatePublicIp: true } }
    const stuck = cloud.faults.add({ method: 'POST', path: /\/floatingips$/, action: 'silence' })
    const abort = new AbortController()
    const first = failure(environ.startInstance(params(withAddress), { signal: abort.signal }))
    await vi.waitFor(() => expect(stuck.hits).toBe(1), { timeout: 10_000, interval: 5 })
    const { instance } = await start(withAddress)
    expect((await instance.addresses())[0]?.scope).toBe('public')
    abort.abort(new Error('enough'))
    expect(await first).toMatchObject({ message: 'enough' })
  })

  it('is asked of nobody when none is wanted', async () => {
    const { cloud, start } = await embeddedModel()
    await start()
    await start({ constraints: { allocatePublicIp: false } })
    expect(cloud.requests.count('POST', /\/floatingips$/)).toBe(0)
  })
})

describe('a group that stays in use', () => {
  it('does not keep a machine from being stopped, and goes with the model', async () => {
    const { cloud, environ, start } = await embeddedModel()
    const { instance } = await start()
    const busy = cloud.faults.add({
      method: 'DELETE',
      path: /\/security-groups\//,
      times: ALWAYS,
      action: neutron(409, 'SecurityGroupInUse'),
    })
    await environ.stopInstances([instance.id])
    expect(busy.hits).toBeGreaterThan(1)
    expect(cloud.inventory()['demo']).toMatchObject({ servers: [], ports: [] })
    busy.remove()
    await environ.destroy()
    expect(left(cloud)).toEqual([])
  })
})

describe('a list that fails', () => {
  it.each([1, 2])('is told as it is when %i instances are asked for', async (count) => {
    const { cloud, environ, start } = await embeddedModel()
    const ids = (await Promise.all(Array.from({ length: count }, () => start()))).map(
      ({ instance }) => instance.id,
    )
    cloud.faults.add({ method: 'GET', path: /\/servers/, action: nova(403, 'not today') })
    const error = await failure(environ.instances(ids))
    expect(error).toBeInstanceOf(ForbiddenError)
    expect(error).not.toBeInstanceOf(NoInstancesError)
    expect(error).not.toBeInstanceOf(PartialInstancesError)
    expect((error as Error).message).toContain('not today')
    expect(await environ.instances(ids)).toHaveLength(count)
  })

  it('does not make destroying a success', async () => {
    const { cloud, environ, start } = await embeddedModel()
    await start()
    const broken = cloud.faults.add({
      method: 'GET',
      path: /\/servers/,
      times: ALWAYS,
      action: nova(500, 'broken'),
    })
    await expect(environ.destroy()).rejects.toBeInstanceOf(UnavailableError)
    broken.remove()
    await environ.destroy()
    expect(left(cloud)).toEqual([])
  })
})
