/**
 * What every environ promises, whatever its cloud. A provider's test file calls {@link environContract} with a subject;
 * the cloud is the only difference.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CloudSpec,
  ConflictError,
  createEnvirons,
  type Environ,
  type Environs,
  explainsInstanceSpecs,
  type FirewallMode,
  importsVolumes,
  type IngressRule,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  newModelConfig,
  PartialInstancesError,
  type ProviderPlugin,
  supportsInstanceFirewall,
  supportsModelFirewall,
  supportsTagging,
  supportsZones,
  type VolumeParams,
  type VolumeSource,
} from 'cloud-environs'
import {
  type Base,
  type Clock,
  type InstanceConfig,
  parseBase,
  resourceTags,
  type StartInstanceParams,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MACHINE,
  TAG_MODEL,
} from 'cloud-environs/provider'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

/** A cloud to hold to the contract. */
export interface Subject {
  readonly plugin: ProviderPlugin
  readonly cloud: CloudSpec
  /** Attributes that models on this cloud need. */
  readonly modelConfig?: Readonly<Record<string, unknown>>
  /** Time for those who wait for the cloud. Default: the real one. */
  readonly clock?: Clock
  /** Names of everything in the cloud that a test made and that is still there. */
  leftovers(): Promise<readonly string[]>
  dispose(): Promise<void>
}

const EVERYWHERE = ['0.0.0.0/0', '::/0']

const rule = (protocol: IngressRule['protocol'], fromPort: number, toPort = fromPort): IngressRule => ({
  protocol,
  fromPort,
  toPort,
})

/** A runtime whose controllers are kept in a directory of its own. */
export async function temporaryEnvirons(
  plugin: ProviderPlugin,
  { clock }: Pick<Subject, 'clock'> = {},
): Promise<{ environs: Environs; remove: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'environs-test-'))
  const environs = await createEnvirons({ plugins: [plugin], dataDir, ...(clock ? { clock } : {}) })
  return { environs, remove: () => rm(dataDir, { recursive: true, force: true }) }
}

/** A model and an environ for it; destroyed when the test is done. */
export async function openModel(
  environs: Environs,
  subject: Pick<Subject, 'cloud' | 'modelConfig'>,
  options: { firewallMode?: FirewallMode; controllerUuid?: string; config?: Record<string, unknown> } = {},
): Promise<{ environ: Environ; controllerUuid: string; start: StartMachine; params: ParamsFor }> {
  const controllerUuid = options.controllerUuid ?? crypto.randomUUID()
  const uuid = crypto.randomUUID()
  const provider = environs.providers.provider(subject.cloud.type)
  const config = await provider.prepareConfig({
    cloud: subject.cloud,
    config: await newModelConfig({
      ...subject.modelConfig,
      ...options.config,
      name: 'contract',
      type: subject.cloud.type,
      uuid,
      'firewall-mode': options.firewallMode ?? 'instance',
    }),
  })
  const environ = await environs.open({ cloud: subject.cloud, config, controllerUuid })
  onTestFinished(async () => {
    await environ.destroy()
    await environ[Symbol.asyncDispose]()
  })
  let machines = 0
  const params: ParamsFor = (overrides = {}) => {
    const machineId = String(machines++)
    const base: Base = parseBase(config.defaultBase)
    const instanceConfig: InstanceConfig = {
      machineId,
      machineNonce: `nonce-${machineId}`,
      controllerUuid,
      modelUuid: uuid,
      isController: false,
      base,
      authorizedKeys: '',
      tags: resourceTags({ modelUuid: uuid, controllerUuid, machineId, userTags: config.resourceTags }),
      ...overrides.instanceConfig,
    }
    return { controllerUuid, constraints: {}, ...overrides, instanceConfig }
  }
  return { environ, controllerUuid, params, start: (overrides) => environ.startInstance(params(overrides)) }
}

type Overrides = Partial<Omit<StartInstanceParams, 'instanceConfig'>> & {
  instanceConfig?: Partial<InstanceConfig>
}
type ParamsFor = (overrides?: Overrides) => StartInstanceParams
type StartMachine = (overrides?: Overrides) => ReturnType<Environ['startInstance']>

/** The kinds of storage that volumes can be made of. */
async function dynamicStorage(environ: Environ): Promise<[type: string, source: VolumeSource][]> {
  const types = await environ.storageProviderTypes()
  const providers = await Promise.all(types.map((type) => environ.storageProvider(type)))
  return providers.flatMap((each, n) => (each.dynamic ? [[types[n] ?? '', each.volumeSource()]] : []))
}

/** What the n-th volume of a model is to be. */
const volumeParams =
  (environ: Environ, provider: string, controllerUuid: string) =>
  (n: number, size: number): VolumeParams => ({
    tag: `volume-${n}`,
    size,
    provider,
    resourceTags: resourceTags({ modelUuid: environ.config().uuid, controllerUuid }),
  })

/** The id of a volume that is made. */
async function makeVolume(source: VolumeSource, params: VolumeParams): Promise<string> {
  const [result] = await source.createVolumes([params])
  if (result?.ok) return result.value.volumeId
  throw result?.error ?? new Error('no result')
}

/** Defines the tests of the contract for one cloud. */
export function environContract(name: string, makeSubject: () => Promise<Subject>): void {
  describe(`the environ contract: ${name}`, () => {
    let subject: Subject
    let environs: Environs
    let remove: () => Promise<void>
    const model = (options?: Parameters<typeof openModel>[2]) => openModel(environs, subject, options)

    beforeAll(async () => {
      subject = await makeSubject()
      const temporary = await temporaryEnvirons(subject.plugin, subject)
      environs = temporary.environs
      remove = temporary.remove
    }, 60_000)

    afterAll(async () => {
      const left = await subject.leftovers()
      await subject.dispose()
      await remove()
      expect(left).toEqual([])
    })

    it('starts instances, finds them by id in the order asked for, and stops them', async () => {
      const { environ, start } = await model()
      expect(await environ.instances([])).toEqual([])
      await expect(environ.instances(['absent'])).rejects.toBeInstanceOf(NoInstancesError)

      const [a, b] = await Promise.all([start(), start()])
      expect(a.hardware).toMatchObject({
        arch: 'amd64',
        cpuCores: expect.any(Number),
        mem: expect.any(Number),
      })
      expect(a.instance.status.state).toBe('running')
      const [idA, idB] = [a.instance.id, b.instance.id]
      expect(idA).not.toBe(idB)

      const found = await environ.instances([idB, idA, idB])
      expect(found.map(({ id }) => id)).toEqual([idB, idA, idB])
      expect((await environ.allInstances()).map(({ id }) => id).sort()).toEqual([idA, idB].sort())
      expect((await found[0]?.addresses())?.length).toBeGreaterThan(0)

      const partial = await environ.instances([idA, 'absent', idB]).catch((error: unknown) => error)
      expect(partial).toBeInstanceOf(PartialInstancesError)
      expect((partial as PartialInstancesError).instances.map((instance) => instance?.id)).toEqual([
        idA,
        undefined,
        idB,
      ])
      await expect(environ.instances([idA, ''])).rejects.toMatchObject({
        instances: [expect.objectContaining({ id: idA }), undefined],
      })

      await environ.stopInstances([])
      await environ.stopInstances([idA, 'absent'])
      await expect(environ.instances([idA])).rejects.toBeInstanceOf(NoInstancesError)
      expect((await environ.allInstances()).map(({ id }) => id)).toEqual([idB])
      await environ.stopInstances([idA, idB])
      await environ.stopInstances([idB])
      expect(await environ.allInstances()).toEqual([])
    })

    it('tags what it starts with model, controller and machine, and the user’s own tags', async () => {
      const { environ, start, controllerUuid } = await model({ config: { 'resource-tags': 'team=blue' } })
      const { instance } = await start()
      const expected = {
        [TAG_MODEL]: environ.config().uuid,
        [TAG_CONTROLLER]: controllerUuid,
        [TAG_MACHINE]: '0',
        team: 'blue',
      }
      expect(instance.tags).toMatchObject(expected)
      expect(instance.tags).not.toHaveProperty(TAG_IS_CONTROLLER)
      if (!supportsTagging(environ)) return
      await environ.tagInstance(instance.id, { team: 'red', room: '7' })
      const [tagged] = await environ.instances([instance.id])
      expect(tagged?.tags).toMatchObject({ ...expected, team: 'red', room: '7' })
    })

    it('does not see, stop or destroy instances of other models', async () => {
      const [mine, other] = await Promise.all([model(), model()])
      const { instance } = await other.start()
      expect(await mine.environ.allInstances()).toEqual([])
      await expect(mine.environ.instances([instance.id])).rejects.toBeInstanceOf(NoInstancesError)
      await mine.environ.stopInstances([instance.id])
      await mine.environ.destroy()
      expect((await other.environ.instances([instance.id])).map(({ id }) => id)).toEqual([instance.id])
    })

    it('chooses hardware by constraints, and says what cannot be', async () => {
      const { environ, start } = await model()
      const { hardware } = await start({ constraints: { cores: 2, mem: 3000 } })
      expect(hardware.cpuCores).toBeGreaterThanOrEqual(2)
      expect(hardware.mem).toBeGreaterThanOrEqual(3000)
      const base = parseBase(environ.config().defaultBase)
      const precheck = (constraints: StartInstanceParams['constraints']) =>
        environ.precheckInstance({ base, constraints })
      await precheck({})
      await expect(precheck({ mem: 10_000_000 })).rejects.toThrow(
        /no instance types.* matching constraints "mem=10000000M"/,
      )
      await expect(precheck({ arch: 's390x' })).rejects.toThrow(/images.* with arch s390x/)
      const validator = await environ.constraintsValidator()
      expect(() => validator.validate({ instanceType: 'no-such-type' })).toThrow(NotValidError)
      expect(validator.validate({ cpuPower: 10 })).toEqual(['cpu-power'])
      expect((await environ.allInstances()).length).toBe(1)
    })

    it('explains what it chooses, and makes nothing', async () => {
      const { environ, start } = await model()
      if (!explainsInstanceSpecs(environ)) return
      const base = parseBase(environ.config().defaultBase)
      const constraints = { cores: 2, mem: 3000, tags: ['ignored'] }
      const { chosen, candidates } = await environ.explainInstanceSpec({ base, constraints })
      expect(await environ.allInstances()).toEqual([])
      const { hardware } = await start({ constraints })
      expect(hardware).toMatchObject({
        instanceType: chosen?.instanceType.name,
        arch: chosen?.image.arch,
        cpuCores: chosen?.instanceType.cpuCores,
      })
      expect(candidates.map(({ verdict }) => verdict.outcome)).toContain('rejected')
      for (const { verdict } of candidates) expect(verdict.message).not.toBe('')

      const impossible = { base, constraints: { mem: 10_000_000 } }
      const { problem, ...rest } = await environ.explainInstanceSpec(impossible)
      expect(rest.chosen).toBeUndefined()
      await expect(environ.precheckInstance(impossible)).rejects.toThrow(problem)
      expect(await environ.explainInstanceSpec({ base, constraints: {}, imageMetadata: [] })).toMatchObject({
        candidates: [],
      })
    })

    it('refuses a machine without a nonce, and makes nothing', async () => {
      const { environ, start } = await model()
      await expect(start({ instanceConfig: { machineNonce: '' } })).rejects.toThrow(/missing machine nonce/)
      expect(await environ.allInstances()).toEqual([])
    })

    it('opens and closes ports of one machine in firewall mode instance', async () => {
      const { environ, start } = await model({ firewallMode: 'instance' })
      const [{ instance: a }, { instance: b }] = await Promise.all([start(), start()])
      if (!supportsInstanceFirewall(a) || !supportsInstanceFirewall(b))
        throw new Error('instances have no firewall')
      expect(await a.firewall.ports()).toEqual([])
      await a.firewall.openPorts([rule('udp', 67), rule('tcp', 45), rule('tcp', 80, 100)])
      const open = (each: IngressRule) => ({ ...each, sourceCidrs: EVERYWHERE })
      expect(await a.firewall.ports()).toEqual([
        open(rule('tcp', 45)),
        open(rule('tcp', 80, 100)),
        open(rule('udp', 67)),
      ])
      expect(await b.firewall.ports()).toEqual([])

      await b.firewall.openPorts([rule('tcp', 89)])
      await a.firewall.openPorts([rule('tcp', 45), rule('icmp', -1)])
      await a.firewall.closePorts([rule('tcp', 80, 100), rule('tcp', 999)])
      expect(await b.firewall.ports()).toEqual([open(rule('tcp', 89))])
      expect(await a.firewall.ports()).toEqual([
        open(rule('icmp', -1)),
        open(rule('tcp', 45)),
        open(rule('udp', 67)),
      ])
      await a.firewall.closePorts([rule('icmp', -1), rule('udp', 67)])
      expect(await a.firewall.ports()).toEqual([open(rule('tcp', 45))])

      for (const call of [
        environ.openPorts([rule('tcp', 1)]),
        environ.closePorts([rule('tcp', 1)]),
        environ.ports(),
      ]) {
        await expect(call).rejects.toThrow(
          /invalid firewall mode "instance" for (opening|closing|retrieving) .* model/,
        )
      }
    })

    it('keeps the CIDRs of a port range apart', async () => {
      const { start } = await model()
      const { instance } = await start()
      if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
      const { firewall } = instance
      const from = (...sourceCidrs: string[]): IngressRule => ({ ...rule('tcp', 42), sourceCidrs })
      const other = { ...rule('tcp', 80), sourceCidrs: ['10.0.0.0/24'] }
      await firewall.openPorts([from('0.0.0.0/0'), from('10.0.0.0/24'), other])
      expect(await firewall.ports()).toEqual([from('0.0.0.0/0', '10.0.0.0/24'), other])
      await firewall.openPorts([from('192.168.0.0/24', 'fd00::/64')])
      expect(await firewall.ports()).toEqual([
        from('0.0.0.0/0', '10.0.0.0/24', '192.168.0.0/24', 'fd00::/64'),
        other,
      ])
      await firewall.closePorts([from('192.168.0.0/24', 'fd00::/64')])
      expect(await firewall.ports()).toEqual([from('0.0.0.0/0', '10.0.0.0/24'), other])
      await firewall.closePorts([from('0.0.0.0/0'), from('10.0.0.0/24')])
      expect(await firewall.ports()).toEqual([other])
      await expect(firewall.openPorts([from('10.0.0.300/24')])).rejects.toBeInstanceOf(NotValidError)
    })

    it('opens and closes ports of the whole model in firewall mode global', async () => {
      const { environ, start } = await model({ firewallMode: 'global' })
      const { instance } = await start()
      const open = (each: IngressRule) => ({ ...each, sourceCidrs: EVERYWHERE })
      expect(await environ.ports()).toEqual([])
      await environ.openPorts([rule('tcp', 80), rule('udp', 53), rule('tcp', 100, 110)])
      await environ.openPorts([rule('tcp', 80), rule('tcp', 45)])
      expect(await environ.ports()).toEqual(
        [rule('tcp', 45), rule('tcp', 80), rule('tcp', 100, 110), rule('udp', 53)].map(open),
      )
      await environ.closePorts([rule('udp', 53), rule('tcp', 100, 110), rule('tcp', 8080)])
      await environ.closePorts([rule('tcp', 45)])
      await start()
      expect(await environ.ports()).toEqual([open(rule('tcp', 80))])
      if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
      for (const call of [
        instance.firewall.openPorts([rule('tcp', 1)]),
        instance.firewall.closePorts([rule('tcp', 1)]),
        instance.firewall.ports(),
      ]) {
        await expect(call).rejects.toThrow(
          /invalid firewall mode "global" for (opening|closing|retrieving) .* instance/,
        )
      }
    })

    it('puts an instance into the zone that is asked for, and refuses others', async () => {
      const { environ, start } = await model()
      if (!supportsZones(environ)) return
      const zone = (await environ.availabilityZones()).findLast(({ available }) => available)?.name ?? ''
      const { instance, hardware } = await start({ availabilityZone: zone })
      expect([instance.availabilityZone, hardware.availabilityZone]).toEqual([zone, zone])
      const base = parseBase(environ.config().defaultBase)
      const precheck = (placement: string) => environ.precheckInstance({ base, constraints: {}, placement })
      await precheck(`zone=${zone}`)
      await expect(precheck('zone=nowhere')).rejects.toThrow(/availability zone "nowhere" not valid/)
      await expect(precheck('rack=7')).rejects.toThrow(/unknown placement directive/)
    })

    it.each([1, 2])('leaves nothing of a start that was cancelled at its step %i', async (step) => {
      const { environ, params } = await model()
      const reason = new Error('enough')
      const abort = new AbortController()
      let steps = 0
      const statusCallback = () => {
        if (++steps === step) abort.abort(reason)
      }
      const outcome = await environ.startInstance(params({ statusCallback }), { signal: abort.signal }).then(
        () => 'started',
        (error: unknown) => error,
      )
      expect(outcome).toBe(steps < step ? 'started' : reason)
      expect(await environ.allInstances()).toHaveLength(steps < step ? 1 : 0)
    })

    it('makes, finds, describes and destroys volumes, each result in its place', async () => {
      const { environ, controllerUuid } = await model()
      await expect(environ.storageProvider('absent')).rejects.toBeInstanceOf(NotFoundError)
      for (const [type, source] of await dynamicStorage(environ)) {
        const params = volumeParams(environ, type, controllerUuid)
        await source.validateVolumeParams(params(0, 1025))
        await expect(source.validateVolumeParams(params(0, 0))).rejects.toBeInstanceOf(NotValidError)
        expect(await source.createVolumes([])).toEqual([])
        const made = await source.createVolumes([params(0, 1025), params(1, 0), params(2, 500)])
        expect(made.map(({ ok }) => ok)).toEqual([true, false, true])
        const [a, b] = made.flatMap((each) => (each.ok ? [each.value] : []))
        if (!a || !b) throw new Error('no volumes were made')
        expect([a.tag, b.tag]).toEqual(['volume-0', 'volume-2'])
        expect(a.size).toBeGreaterThanOrEqual(1025)
        expect(b.size).toBeGreaterThanOrEqual(500)
        expect((await source.listVolumes()).toSorted()).toEqual([a.volumeId, b.volumeId].sort())
        expect(await source.describeVolumes([b.volumeId, 'absent', a.volumeId])).toEqual([
          { ok: true, value: { volumeId: b.volumeId, size: b.size, persistent: true } },
          { ok: false, error: expect.any(NotFoundError) },
          { ok: true, value: { volumeId: a.volumeId, size: a.size, persistent: true } },
        ])
        const done = { ok: true, value: undefined }
        expect(await source.destroyVolumes([a.volumeId, 'absent'])).toEqual([done, done])
        expect(await source.destroyVolumes([a.volumeId])).toEqual([done])
        expect(await source.listVolumes()).toEqual([b.volumeId])
      }
    })

    it('attaches and detaches volumes, gives them up and takes them in, twice as good as once', async () => {
      const [{ environ, start, controllerUuid }, other] = await Promise.all([model(), model()])
      for (const [type, source] of await dynamicStorage(environ)) {
        const [{ instance }, volumeId] = await Promise.all([
          start(),
          makeVolume(source, volumeParams(environ, type, controllerUuid)(0, 1024)),
        ])
        const attachment = { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId: instance.id }
        const conflict = { ok: false, error: expect.any(ConflictError) }
        const absent = { ok: false, error: expect.any(NotFoundError) }
        const done = { ok: true, value: undefined }
        const attached = await source.attachVolumes([attachment, { ...attachment, volumeId: 'absent' }])
        expect(attached).toEqual([
          {
            ok: true,
            value: {
              volumeTag: 'volume-0',
              machineId: '0',
              deviceName: expect.stringMatching(/^[^/]+$/),
              readOnly: false,
            },
          },
          absent,
        ])
        expect(await source.attachVolumes([attachment])).toEqual(attached.slice(0, 1))
        expect(await source.releaseVolumes([volumeId])).toEqual([conflict])

        const [, foreign] = (await dynamicStorage(other.environ))[0] ?? []
        expect(await foreign?.listVolumes()).toEqual([])
        expect(await foreign?.destroyVolumes([volumeId])).toEqual([absent])
        expect(await foreign?.detachVolumes([attachment])).toEqual([absent])
        expect(await foreign?.releaseVolumes([volumeId])).toEqual([absent])

        expect(await source.detachVolumes([attachment, { ...attachment, volumeId: 'absent' }])).toEqual([
          done,
          done,
        ])
        expect(await source.detachVolumes([attachment])).toEqual([done])
        expect(await source.releaseVolumes([volumeId])).toEqual([done])
        expect(await source.listVolumes()).toEqual([])
        if (!importsVolumes(source)) throw new Error(`a volume of ${type} cannot come back`)
        const tags = resourceTags({ modelUuid: environ.config().uuid, controllerUuid })
        expect(await source.importVolume(volumeId, tags)).toMatchObject({ volumeId })
        expect(await source.listVolumes()).toEqual([volumeId])
        await source.attachVolumes([attachment])
        await expect(source.importVolume(volumeId, tags)).rejects.toBeInstanceOf(ConflictError)
        expect(await source.destroyVolumes([volumeId])).toEqual([done])
        expect(await environ.instances([instance.id])).toHaveLength(1)
      }
    })

    it('destroys volumes with their model and controller, attached ones too', async () => {
      const controllerUuid = crypto.randomUUID()
      const models = await Promise.all([model({ controllerUuid }), model({ controllerUuid }), model()])
      const [controller, hosted, other] = models
      for (const [type] of await dynamicStorage(controller.environ)) {
        const sources = await Promise.all(
          models.map(async ({ environ, controllerUuid, start }) => {
            const source = (await environ.storageProvider(type)).volumeSource()
            const params = volumeParams(environ, type, controllerUuid)
            const [{ instance }, volumeId] = await Promise.all([
              start(),
              makeVolume(source, params(0, 1024)),
              makeVolume(source, params(1, 1024)),
            ])
            await source.attachVolumes([
              { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId: instance.id },
            ])
            return source
          }),
        )
        const left = async () =>
          (await Promise.all(sources.map((each) => each.listVolumes()))).map(({ length }) => length)
        expect(await left()).toEqual([2, 2, 2])
        await controller.environ.destroyController(controllerUuid)
        expect(await left()).toEqual([0, 0, 2])
        await other.environ.destroy()
        expect(await left()).toEqual([0, 0, 0])
      }
      expect(await hosted.environ.allInstances()).toEqual([])
    })

    it('leaves no volume of a call that is cancelled', async () => {
      const { environ, controllerUuid } = await model()
      const reason = new Error('enough')
      for (const [type, source] of await dynamicStorage(environ)) {
        const abort = new AbortController()
        const params = [0, 1, 2].map((n) => volumeParams(environ, type, controllerUuid)(n, 1024))
        const call = source.createVolumes(params, { signal: abort.signal })
        abort.abort(reason)
        await expect(call).rejects.toBe(reason)
        expect(await source.listVolumes()).toEqual([])
      }
    })

    it('bootstraps a controller that another process can find and destroy, twice over', async () => {
      for (const controllerName of ['first', 'second']) {
        const { details } = await environs.bootstrap({
          agent: 'none',
          controllerName,
          cloud: subject.cloud,
          ...(subject.modelConfig ? { modelConfig: subject.modelConfig } : {}),
        })
        expect(details).toMatchObject({ status: 'ready', instanceIds: [expect.any(String)] })
        expect(details.apiEndpoints[0]).toMatch(/:17070$/)
        const again = { credential: subject.cloud.credential ?? { authType: 'empty', attributes: {} } }
        const environ = await environs.openController(controllerName, again)
        expect(await environ.controllerInstances(details.uuid)).toEqual(details.instanceIds)
        const [controller] = await environ.instances(details.instanceIds)
        expect(controller?.tags[TAG_IS_CONTROLLER]).toBe('true')
        if (supportsModelFirewall(environ)) {
          const { modelFirewall } = environ
          const own = [rule('tcp', 22), rule('tcp', 17070)].map((each) => ({
            ...each,
            sourceCidrs: EVERYWHERE,
          }))
          expect(await modelFirewall.ports()).toEqual(own)
          await modelFirewall.openPorts([{ ...rule('tcp', 443), sourceCidrs: ['10.0.0.0/8'] }])
          expect(await modelFirewall.ports()).toHaveLength(3)
          await modelFirewall.closePorts([{ ...rule('tcp', 443), sourceCidrs: ['10.0.0.0/8'] }])
          await modelFirewall.closePorts([rule('tcp', 443)])
          expect(await modelFirewall.ports()).toEqual(own)
        }
        await environ[Symbol.asyncDispose]()
        await environs.destroyController(controllerName, again)
        await expect(environs.controllers.get(controllerName)).rejects.toThrow(/not found/)
      }
    })

    it('destroys hosted models with their controller, and leaves other controllers alone', async () => {
      const controllerUuid = crypto.randomUUID()
      const [controller, hosted, other] = await Promise.all([
        model({ controllerUuid }),
        model({ controllerUuid }),
        model(),
      ])
      await Promise.all([controller.start(), hosted.start(), other.start()])
      await controller.environ.destroyController(controllerUuid)
      await controller.environ.destroyController(controllerUuid)
      await hosted.environ.destroy()
      expect(await hosted.environ.allInstances()).toEqual([])
      await expect(controller.environ.controllerInstances(controllerUuid)).rejects.toBeInstanceOf(
        NoInstancesError,
      )
      expect(await other.environ.allInstances()).toHaveLength(1)
    })
  })
}
