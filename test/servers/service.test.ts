/** Who may do what in which order, what other versions left, and what fails half way. */

import {
  type ServerAction,
  AlreadyExistsError,
  ConflictError,
  type Environ,
  EnvironsError,
  ForbiddenError,
  findError,
  type HostedServer,
  InvalidRequestError,
  MemoryServerStore,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  type Power,
  QuotaExceededError,
  type ServerHosting,
  type ServerParams,
  type ServerRecord,
  supportsServerHosting,
  UnavailableError,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { describe, expect, it, test } from 'vitest'
import { type Bench, openBench } from './host.ts'
import { memoryHost } from './memory-host.ts'
import { publicKey } from './server-rules.ts'

const cloud = new MemoryCloud()
const host = memoryHost(cloud)

/** A bench whose servers are kept in memory. */
const open = (options: Parameters<typeof openBench>[1] = {}): Promise<Bench> =>
  openBench(host, { serverStore: new MemoryServerStore(), ...options })

const WEB = { name: 'web', image: host.image, flavor: host.flavor }

/** An authorizer that refuses some, and keeps what it is asked. */
function strict(refuses: (action: ServerAction) => boolean = () => false) {
  const asked: ServerAction[] = []
  const allows = async (action: ServerAction) => {
    asked.push(action)
    return !refuses(action)
  }
  return { asked, allows }
}

/** The environ with other members. */
const withMembers = (environ: Environ, members: object): Environ =>
  new Proxy(environ, {
    get: (target, key) => {
      if (Object.hasOwn(members, key)) return members[key as keyof typeof members]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

/** The bench's service over an environ whose hosting is partly another. */
function hosting({ environ, serve }: Bench, change: (real: ServerHosting) => Partial<ServerHosting>) {
  if (!supportsServerHosting(environ)) throw new Error('the environ hosts no servers')
  const real = environ.serverHosting
  const members: ServerHosting = {
    create: (...given) => real.create(...given),
    list: (...given) => real.list(...given),
    rebuild: (...given) => real.rebuild(...given),
    setNetworking: (...given) => real.setNetworking(...given),
    delete: (...given) => real.delete(...given),
    ...change(real),
  }
  return serve(withMembers(environ, { serverHosting: members }))
}

const wanted = ({ network }: Bench, overrides: Partial<ServerParams> = {}): ServerParams => ({
  ...WEB,
  network,
  ...overrides,
})

describe('permission', () => {
  it('rule 4: the first rule that does not hold answers', async () => {
    const store = new MemoryServerStore()
    let refuses = true
    const authorizer = strict(() => refuses)
    const bench = await open({ serverStore: store, authorizer })
    const ssh = { mode: 'ca', authorityId: 'absent' } as const
    const worst = wanted(bench, { ssh, userData: 'neither', image: 'absent', flavor: 'absent' })
    const refusal = (params: ServerParams) => bench.service.create(params).catch((error: unknown) => error)
    expect(await refusal({ ...worst, network: 'absent' })).toMatchObject({ resource: 'network absent' })
    expect(authorizer.asked).toEqual([])
    expect(await refusal(worst)).toBeInstanceOf(ForbiddenError)
    expect(authorizer.asked).toEqual([
      { verb: 'create', resource: 'region:servers', organization: 'default', project: 'default' },
    ])
    refuses = false
    await bench.service.create(wanted(bench))
    expect(await refusal(worst)).toBeInstanceOf(AlreadyExistsError)
    const other = { ...worst, name: 'other' }
    expect(await refusal(other)).toMatchObject({ resource: 'user data' })
    const readable = { ...other, userData: '#!/bin/sh\n' }
    expect(await refusal(readable)).toMatchObject({ resource: 'SSH authority absent' })
    expect(await refusal({ ...readable, ssh: { mode: 'none' } })).toMatchObject({ resource: 'flavor absent' })
    const offered = { ...readable, ssh: { mode: 'none' }, flavor: host.flavor } as const
    expect(await refusal(offered)).toMatchObject({ resource: 'image absent' })
    expect(await store.servers.all()).toHaveLength(1)
  })

  it('rules 2, 15 and 16: to see is asked first, and is all that power and consoles need', async () => {
    const authorizer = strict(({ verb }) => verb === 'update' || verb === 'delete')
    const bench = await open({ authorizer })
    const { service } = bench
    const { id, image, flavor } = await service.create(wanted(bench))
    await expect(service.delete(id)).rejects.toBeInstanceOf(ForbiddenError)
    await expect(service.update(id, { image, flavor })).rejects.toBeInstanceOf(ForbiddenError)
    authorizer.asked.length = 0
    await service.stop(id)
    await service.start(id)
    await service.reboot(id, { hard: true })
    await service.consoleOutput(id)
    await service.consoleSession(id)
    expect(authorizer.asked).toHaveLength(5)
    expect(new Set(authorizer.asked.map(({ verb }) => verb))).toEqual(new Set(['read']))
    await expect(service.get('absent')).rejects.toBeInstanceOf(NotFoundError)
    expect(authorizer.asked).toHaveLength(5)
  })

  it('rule 13: a list has what its reader may see', async () => {
    const bench = await open()
    const server = await bench.service.create(wanted(bench))
    const blind = bench.serve(
      bench.environ,
      strict(({ verb }) => verb === 'read'),
    )
    expect(await blind.list()).toEqual([])
    await expect(blind.get(server.id)).rejects.toBeInstanceOf(ForbiddenError)
    expect(await bench.service.list()).toEqual([server])
  })

  it('rule 20: a snapshot needs the server first, then images of the organization', async () => {
    const authorizer = strict(({ resource }) => resource === 'region:images')
    const bench = await open({ authorizer })
    const { id } = await bench.service.create(wanted(bench))
    authorizer.asked.length = 0
    const refused = bench.service.snapshot(id, { name: 's' })
    await expect(refused).rejects.toBeInstanceOf(ForbiddenError)
    expect(authorizer.asked).toEqual([
      { verb: 'read', resource: 'region:servers', organization: 'default', project: 'default' },
      { verb: 'create', resource: 'region:images', organization: 'default' },
    ])
    expect(cloud.snapshots()).toEqual([])
  })
})

describe('what is kept', () => {
  async function relabelled(label: string | undefined) {
    const store = new MemoryServerStore()
    const bench = await open({ serverStore: store })
    const { id } = await bench.service.create(wanted(bench))
    const record = (await store.servers.get(id)) as ServerRecord
    const { 'resource-api-version': _, ...labels } = record.labels
    await store.servers.replace({
      ...record,
      labels: label === undefined ? labels : { ...labels, 'resource-api-version': label },
    })
    return { service: bench.service, id }
  }

  test.each([undefined, '1', '3'])('rule 2: of version %s is not found', async (label) => {
    const { service, id } = await relabelled(label)
    await expect(service.get(id)).rejects.toBeInstanceOf(NotFoundError)
    await expect(service.delete(id)).rejects.toBeInstanceOf(NotFoundError)
    expect(await service.list()).toEqual([])
  })

  it('rule 2: of no version at all is an internal fault', async () => {
    const { service, id } = await relabelled('two')
    const failing = service.get(id)
    await expect(failing).rejects.toThrow(/internal consistency/)
    await expect(failing).rejects.not.toBeInstanceOf(NotFoundError)
  })

  it('rule 3: version 1 finds what is under its path, and nothing else', async () => {
    const bench = await open()
    const { service } = bench
    const scope = { organization: 'default', project: 'default', identity: bench.environ.config().uuid }
    const nested = service.nested(scope)
    const { id, image, flavor } = await nested.create(wanted(bench))
    expect(await nested.list()).toEqual([await nested.get(id)])
    await nested.stop(id)
    await nested.start(id)
    await nested.reboot(id)
    expect(await nested.consoleOutput(id)).toBe(await service.consoleOutput(id))
    await nested.update(id, { image, flavor, tags: { tier: 'front' } })
    for (const other of [{ organization: 'x' }, { project: 'x' }, { identity: 'x' }]) {
      const wrong = service.nested({ ...scope, ...other })
      await expect(wrong.get(id)).rejects.toBeInstanceOf(NotFoundError)
      await expect(wrong.delete(id)).rejects.toBeInstanceOf(NotFoundError)
      await expect(wrong.create(wanted(bench, { name: 'b' }))).rejects.toBeInstanceOf(NotFoundError)
      expect(await wrong.list()).toEqual([])
    }
    await nested.delete(id)
    expect(await service.list()).toEqual([])
  })

  it('rule 14: is not changed by two at once', async () => {
    const bench = await open()
    const { id, image, flavor } = await bench.service.create(wanted(bench))
    const tags = ['a', 'b'].map((tier) => ({ tier }))
    const outcomes = await Promise.allSettled(
      tags.map((each) => bench.service.update(id, { image, flavor, tags: each })),
    )
    const failed = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
    expect(failed).toHaveLength(1)
    expect(failed[0]).toBeInstanceOf(ConflictError)
  })

  it('stays when the cloud loses the server, and says so', async () => {
    const bench = await open()
    const { id, instanceId = '' } = await bench.service.create(wanted(bench))
    await bench.environ.stopInstances([instanceId])
    const lost = await bench.service.get(id)
    expect(lost).toMatchObject({ status: { phase: 'Stopped', health: 'errored' }, addresses: [] })
    await expect(bench.service.start(id)).rejects.toBeInstanceOf(NotFoundError)
    await bench.service.delete(id)
    await bench.service.create(wanted(bench))
  })

  it('keeps user data until the server is built anew, and gives it what was said since', async () => {
    const bench = await open()
    const { service } = bench
    const userData = (): string | undefined => cloud.machines().at(-1)?.userData
    const { id, flavor, image } = await service.create(wanted(bench, { userData: '#!/bin/sh\n' }))
    await service.update(id, { image, flavor, userData: '#!/bin/bash\n' })
    expect(userData()).toBe('#!/bin/sh\n')
    await service.update(id, { image: 'debian-12', flavor })
    expect(userData()).toBe('#!/bin/bash\n')
    await expect(service.update(id, { image, flavor, userData: 'neither' })).rejects.toBeInstanceOf(
      NotValidError,
    )
  })

  it('rule 23: holds its authority until it is gone', async () => {
    const bench = await open()
    const { service } = bench
    const authority = await service.addAuthority(await service.scopeOf(bench.network), publicKey())
    const ssh = { mode: 'ca', authorityId: authority.id } as const
    const { id } = await service.create(wanted(bench, { ssh }))
    const stuck = hosting(bench, () => ({ delete: () => Promise.reject(new UnavailableError('down')) }))
    await expect(stuck.delete(id)).rejects.toThrow(/could not be deleted: down/)
    await expect(service.removeAuthority(authority.id)).rejects.toBeInstanceOf(ConflictError)
    expect((await service.get(id)).status.message).toMatch(/being deleted/)
    const busy = service.update(id, { ...WEB })
    await expect(busy).rejects.toBeInstanceOf(InvalidRequestError)
    await expect(service.start(id)).rejects.toBeInstanceOf(InvalidRequestError)
    await service.delete(id)
    await service.removeAuthority(authority.id)
  })
})

describe('a failure', () => {
  it('half way through a create leaves nothing, and says what it was', async () => {
    const bench = await open()
    const failing = hosting(bench, (real) => ({
      create: async (params) => {
        await real.create(params)
        throw new QuotaExceededError('no more addresses')
      },
    }))
    await expect(failing.create(wanted(bench))).rejects.toBeInstanceOf(QuotaExceededError)
    expect(await bench.service.list()).toEqual([])
    expect(await bench.environ.allInstances()).toEqual([])
  })

  it('to undo a create too keeps the server, so that it can be deleted', async () => {
    const bench = await open()
    const failing = hosting(bench, (real) => ({
      create: async (params) => {
        await real.create(params)
        throw new QuotaExceededError('no more addresses')
      },
      delete: () => Promise.reject(new UnavailableError('down')),
    }))
    const error = await failing.create(wanted(bench)).catch((each: unknown) => each)
    expect(error).toMatchObject({ message: expect.stringMatching(/nor all of it removed: no more/) })
    expect(findError(error, QuotaExceededError)).toBeDefined()
    expect(findError(error, UnavailableError)).toBeDefined()
    const [server] = await bench.service.list()
    await expect(bench.service.stop(server?.id ?? '')).rejects.toBeInstanceOf(InvalidRequestError)
    await bench.service.delete(server?.id ?? '')
    expect(await bench.environ.allInstances()).toEqual([])
  })

  it('to see one deleted while it is made leaves nothing', async () => {
    const bench = await open()
    const deleted = hosting(bench, (real) => ({
      create: async (params) => {
        await bench.service.delete(params.id)
        return await real.create(params)
      },
    }))
    await expect(deleted.create(wanted(bench))).rejects.toBeInstanceOf(ConflictError)
    expect(await bench.service.list()).toEqual([])
    expect(await bench.environ.allInstances()).toEqual([])
  })

  it('of a create leaves alone what has come to the name meanwhile', async () => {
    const bench = await open()
    const slow = hosting(bench, () => ({
      create: async ({ id }) => {
        await bench.service.delete(id)
        await bench.service.create(wanted(bench))
        throw new UnavailableError('down')
      },
    }))
    await expect(slow.create(wanted(bench))).rejects.toThrow('down')
    expect(await bench.service.list()).toMatchObject([{ status: { phase: 'Running' } }])
  })

  test.each([
    ['not found', new NotFoundError('gone'), NotFoundError, 'NOT_FOUND'],
    ['a conflict', new ConflictError('locked'), InvalidRequestError, 'INVALID_REQUEST'],
    ['all else', new UnavailableError('down'), EnvironsError, 'ENVIRONS'],
    ['what is no error of ours', new Error('down'), EnvironsError, 'ENVIRONS'],
  ])('rule 17: %s is translated, with the operation', async (_, cause, type, code) => {
    const bench = await open()
    const { id } = await bench.service.create(wanted(bench))
    const fail = () => Promise.reject(cause)
    const power: Power = { start: fail, stop: fail, reboot: fail }
    const consoles = { output: fail, session: fail }
    const service = bench.serve(withMembers(bench.environ, { power, consoles }))
    const calls: readonly [string, () => Promise<unknown>, RegExp][] = [
      ['start', () => service.start(id), /started/],
      ['stop', () => service.stop(id), /stopped/],
      ['soft reboot', () => service.reboot(id), /rebooted/],
      ['hard reboot', () => service.reboot(id, { hard: true }), /rebooted/],
      ['console session', () => service.consoleSession(id), /accessed/],
      ['console output', () => service.consoleOutput(id), /console output/],
    ]
    for (const [operation, call, words] of calls) {
      const error = await call().catch((each: unknown) => each)
      expect(error).toBeInstanceOf(type)
      expect(error).toMatchObject({ code, operation, cause, message: expect.stringMatching(words) })
    }
    expect((await bench.service.get(id)).status.phase).toBe('Running')
  })

  it('rule 18: a phase is told while it is on its way, and no longer', async () => {
    const bench = await open()
    const { id } = await bench.service.create(wanted(bench))
    const phases: string[] = []
    const look = async () => {
      phases.push((await bench.service.get(id)).status.phase)
    }
    const power: Power = { start: look, stop: look, reboot: look }
    const service = bench.serve(withMembers(bench.environ, { power }))
    await service.stop(id)
    await service.start(id)
    await service.reboot(id)
    await look()
    expect(phases).toEqual(['Stopping', 'Pending', 'Running', 'Running'])
  })

  it('rule 18: a phase that a killed process told is forgotten in time', async () => {
    const store = new MemoryServerStore()
    let now = 1_000_000
    const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) }
    const bench = await open({ serverStore: store, clock })
    const { id } = await bench.service.create(wanted(bench))
    const record = (await store.servers.get(id)) as ServerRecord
    await store.servers.replace({ ...record, hint: { phase: 'Stopping', since: now } })
    expect((await bench.service.get(id)).status.phase).toBe('Stopping')
    now += 180_000
    expect((await bench.service.get(id)).status.phase).toBe('Running')
  })

  it('rule 14: to build anew leaves the server its image; while that is pending, no other is taken', async () => {
    const bench = await open()
    const { id, flavor, image } = await bench.service.create(wanted(bench))
    const failing = hosting(bench, () => ({ rebuild: () => Promise.reject(new ConflictError('locked')) }))
    const refused = failing.update(id, { image: 'debian-12', flavor })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', operation: 'rebuild' })
    expect((await bench.service.get(id)).image).toBe(image)
    const changing = ({ status, ...server }: HostedServer): HostedServer => ({
      ...server,
      status: { ...status, state: 'changing' },
    })
    const busy = hosting(bench, (real) => ({
      list: async (filter) => (await real.list(filter)).map(changing),
    }))
    await expect(busy.update(id, { image: 'debian-12', flavor })).rejects.toThrow(/built anew already/)
    expect((await bench.service.update(id, { image: 'debian-12', flavor })).image).toBe('debian-12')
  })

  it('rule 21: to publish a snapshot removes it, and is what is told', async () => {
    const bench = await open()
    const { id } = await bench.service.create(wanted(bench))
    await bench.service.snapshot(id, { name: 'seen', publish: true })
    expect(cloud.snapshots()).toMatchObject([{ name: 'seen', public: true }])
    cloud.deleteSnapshot(cloud.snapshots()[0]?.id ?? '')
    const imageCatalog = { publish: () => Promise.reject(new ForbiddenError('not yours')) }
    const service = bench.serve(withMembers(bench.environ, { imageCatalog }))
    const refused = service.snapshot(id, { name: 's', publish: true })
    await expect(refused).rejects.toMatchObject({ operation: 'snapshot', cause: expect.any(ForbiddenError) })
    expect(cloud.snapshots()).toEqual([])
  })
})

describe('a flavor', () => {
  it('rule 6: that is retired makes no new server, and keeps those it has', async () => {
    const bench = await open()
    const { id, flavor, image } = await bench.service.create(wanted(bench))
    const instanceTypes = async () => []
    const service = bench.serve(withMembers(bench.environ, { instanceTypes }))
    await expect(service.create(wanted(bench, { name: 'b' }))).rejects.toThrow(/flavor small not found/)
    expect((await service.update(id, { image: 'debian-12', flavor })).image).not.toBe(image)
  })

  it('rule 6: that is for two architectures boots images of both, and of no third', async () => {
    const bench = await open()
    const [small] = cloud.instanceTypes
    const instanceTypes = async () => ['amd64', 'arm64'].map((arch) => ({ ...small, arch }))
    const service = bench.serve(withMembers(bench.environ, { instanceTypes }))
    const boot = async (arch: string) =>
      await service.create(wanted(bench, { name: arch, image: await host.newImage({ arch }) }))
    await boot('amd64')
    await boot('arm64')
    await expect(boot('riscv64')).rejects.toThrow(/it is for riscv64, and the flavor is amd64/)
  })

  test.each([
    ['metadata that is missing', undefined, 'baremetal', true],
    ['its own kind', 'kvm', 'qemu', true],
    ['any kind', 'any', 'baremetal', true],
    ['another kind', 'kvm', 'baremetal', false],
    ['a kind that is not known', 'quantum', undefined, false],
  ])('rule 6: boots an image of %s, or not', async (_, image, flavor, boots) => {
    const bench = await open()
    const [small] = cloud.instanceTypes
    const instanceTypes = async () => [{ ...small, ...(flavor === undefined ? {} : { virtType: flavor }) }]
    const id = await host.newImage(image === undefined ? {} : { virtType: image })
    const service = bench.serve(withMembers(bench.environ, { instanceTypes }))
    const made = service.create(wanted(bench, { image: id }))
    if (boots) await made
    else await expect(made).rejects.toBeInstanceOf(NotValidError)
  })
})

describe('a capability', () => {
  test.each([
    ['ownership', 'create'],
    ['serverHosting', 'create'],
    ['imageCatalog', 'create'],
    ['instanceTypes', 'create'],
    ['publicAddresses', 'update'],
    ['power', 'stop'],
    ['consoles', 'console'],
    ['snapshots', 'snapshot'],
  ] as const)('%s that the provider lacks is named', async (capability, call) => {
    const bench = await open()
    const server = await bench.service.create(wanted(bench))
    const { id, image, flavor } = server
    const service = bench.serve(withMembers(bench.environ, { [capability]: undefined }))
    const calls = {
      create: () => service.create(wanted(bench, { name: 'b' })),
      update: () => service.update(id, { image, flavor, tags: { tier: 'back' } }),
      stop: () => service.stop(id),
      console: () => service.consoleOutput(id),
      snapshot: () => service.snapshot(id, { name: 's' }),
    }
    const failing = calls[call]()
    await expect(failing).rejects.toBeInstanceOf(NotSupportedError)
    await expect(failing).rejects.toThrow(`lacks the capability "${capability}"`)
    expect(await bench.service.list()).toEqual([server])
  })
})
