import {
  AlreadyExistsError,
  type BootstrapControllerParams,
  type BootstrapOptions,
  createEnvirons,
  type Environ,
  EnvironsError,
  type Environs,
  findError,
  type Logger,
  NotFoundError,
  NotValidError,
  type ProgressEvent,
  QuotaExceededError,
  Secret,
  TimeoutError,
  UnavailableError,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { fakeInstance } from '../environ/fakes.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { alteredMemory } from './altered-memory.ts'
import { MemoryAccountStore } from './memory-account-store.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'

const CLOUD = {
  type: 'memory',
  name: 'memory',
  region: 'memory',
  credential: { authType: 'empty', attributes: { password: new Secret('hunter2') } },
}

let cloud: MemoryCloud
let store: MemoryControllerStore
let clock: ManualClock
let logged: unknown[]
let disposed: number

const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (...args) => logged.push(args),
  child: () => logger,
}

beforeEach(() => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
  clock = new ManualClock()
  logged = []
  disposed = 0
})

const make = (alter: (original: Environ) => Partial<Environ> = () => ({})): Promise<Environs> =>
  createEnvirons({
    plugins: [
      alteredMemory(cloud, (original) => ({
        [Symbol.asyncDispose]: async () => {
          disposed++
        },
        ...alter(original),
      })),
    ],
    controllers: store,
    accounts: new MemoryAccountStore(),
    clock,
    logger,
  })

/** A bootstrap of controller `main` that is expected to fail; its error. */
async function failure(
  environs: Environs,
  options: BootstrapOptions = {},
  params: Partial<BootstrapControllerParams> = {},
): Promise<unknown> {
  return await environs.bootstrap({ controllerName: 'main', cloud: CLOUD, ...params }, options).then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )
}

/** That neither the cloud nor the store knows anything of a bootstrap, and that its environ was closed. */
async function expectNothingLeft(): Promise<void> {
  expect(cloud.machines()).toEqual([])
  expect(cloud.groups()).toEqual([])
  expect(await store.all()).toEqual([])
  expect(disposed).toBe(1)
  expect(clock.asleep).toBe(0)
}

/** An instance that was started and never gets an address. */
const withoutAddress = (original: Environ): Partial<Environ> => ({
  instances: async (ids) => (await original.instances(ids)).map(({ id }) => fakeInstance(id)),
})

const withFinalize = (original: Environ, finalize: () => Promise<void>): Partial<Environ> => ({
  bootstrap: async (...args) => ({ ...(await original.bootstrap(...args)), finalize }),
})

describe('a bootstrap', () => {
  it('makes a controller that the store knows, and says what it does', async () => {
    const environs = await make()
    const events: ProgressEvent[] = []
    const made = await environs.bootstrap(
      { controllerName: 'main', cloud: CLOUD, credentialName: 'default', modelConfig: { network: 'n' } },
      { onProgress: (event) => events.push(event) },
    )
    const [machine] = cloud.machines()
    expect(made).toMatchObject({
      instanceId: machine?.id,
      hardware: { arch: 'amd64', mem: 2048 },
      addresses: [{ value: machine?.address }],
    })
    expect(await store.get('main')).toEqual(made.details)
    expect(made.details).toMatchObject({
      name: 'main',
      status: 'ready',
      cloud: { type: 'memory', name: 'memory', region: 'memory' },
      credentialName: 'default',
      controllerConfig: {
        'controller-uuid': made.details.uuid,
        'controller-name': 'main',
        'api-port': 17_070,
      },
      modelConfig: { name: 'controller', type: 'memory', network: 'n' },
      instanceIds: [machine?.id],
      apiEndpoints: [`${machine?.address}:17070`],
      nextMachine: 1,
    })
    const phases = events.flatMap((event) => (event.kind === 'phase' ? [event.phase] : []))
    expect(phases).toEqual(['prepare', 'start', 'address', 'finalize', 'done'])
    expect(events).toContainEqual({ kind: 'info', message: `Addresses: ${machine?.address}` })
    expect(disposed).toBe(1)
    expect(clock.asleep).toBe(0)
  })

  it('tags the instance with its controller, its model and its machine', async () => {
    const { details } = await (await make()).bootstrap({
      controllerName: 'main',
      cloud: CLOUD,
      modelConfig: { 'resource-tags': 'owner=me' },
    })
    expect(cloud.machines()[0]?.tags).toEqual({
      owner: 'me',
      'juju-controller-uuid': details.uuid,
      'juju-model-uuid': details.modelConfig.uuid,
      'juju-machine-id': '0',
      'juju-is-controller': 'true',
    })
  })

  it('never stores the credential', async () => {
    const { details } = await (await make()).bootstrap({ controllerName: 'main', cloud: CLOUD })
    expect(details.cloud).not.toHaveProperty('credential')
  })

  it('merges both kinds of constraint to choose the instance', async () => {
    await (await make()).bootstrap({
      controllerName: 'main',
      cloud: CLOUD,
      modelConstraints: { mem: 1024, cores: 2 },
      bootstrapConstraints: { mem: 5000 },
      base: 'debian@12',
      placement: 'zone=zone2',
    })
    expect(cloud.machines()).toMatchObject([
      { instanceType: { name: 'large' }, image: { os: 'debian', version: '12' }, zone: 'zone2' },
    ])
  })

  it('is in the store before its first instance is made', async () => {
    const known: unknown[] = []
    const environs = await make((original) => ({
      startInstance: async (...args) => {
        known.push(...(await store.all()))
        return await original.startInstance(...args)
      },
    }))
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    expect(known).toMatchObject([
      { name: 'main', status: 'bootstrapping', instanceIds: [], apiEndpoints: [] },
    ])
  })

  it('is not disturbed by a listener that throws', async () => {
    const onProgress = () => {
      throw new Error('the terminal is gone')
    }
    const environs = await make()
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD }, { onProgress })
    cloud.quota = 0
    expect(await failure(environs, { onProgress }, { controllerName: 'second' })).toBeInstanceOf(
      QuotaExceededError,
    )
    expect((await store.all()).map(({ name }) => name)).toEqual(['main'])
  })
})

describe('a bootstrap that is refused', () => {
  it.each<[string, Partial<BootstrapControllerParams>, string]>([
    ['a bad name', { controllerName: 'My Controller' }, 'controller-name'],
    ['a bad model attribute', { modelConfig: { 'firewall-mode': 'off' } }, 'firewall-mode'],
    ['a bad base', { base: 'noble' }, '"noble" is not a base'],
    ['a bad placement', { placement: 'rack=7' }, 'unknown placement directive: rack=7'],
    ['bad constraints', { modelConstraints: { instanceType: 'small', mem: 1 } }, 'ambiguous constraints'],
    ['a type that the cloud has not', { bootstrapConstraints: { instanceType: 'x' } }, 'instance-type=x'],
  ])('for %s makes nothing', async (_, params, message) => {
    const environs = await make(() => ({ bootstrap: () => expect.fail('it was started') }))
    const error = await failure(environs, {}, params)
    expect(error).toBeInstanceOf(NotValidError)
    expect((error as Error).message).toContain(message)
    expect(await store.all()).toEqual([])
    expect(clock.asleep).toBe(0)
  })

  it('for a cloud of an unknown type says what there is', async () => {
    expect(await failure(await make(), {}, { cloud: { type: 'aws', name: 'x' } })).toBeInstanceOf(
      NotFoundError,
    )
  })

  it('for a name that is taken asks nothing of the cloud, and leaves the other controller', async () => {
    const environs = await make()
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    const before = await store.get('main')
    const again = await make(() => ({ prepareForBootstrap: () => expect.fail('the cloud was asked') }))
    expect(await failure(again)).toBeInstanceOf(AlreadyExistsError)
    expect(await store.all()).toEqual([before])
    expect(cloud.machines()).toHaveLength(1)
  })

  it('because another process took the name meanwhile leaves that one alone', async () => {
    const environs = await make()
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    const before = await store.get('main')
    // What this process saw when it looked.
    store.all = async () => []
    expect(await failure(environs)).toBeInstanceOf(AlreadyExistsError)
    expect(await store.get('main')).toEqual(before)
    expect(cloud.machines()).toHaveLength(1)
  })

  it('closes the environ when the cloud fails the checks', async () => {
    const down = new UnavailableError('down')
    const environs = await make(() => ({ prepareForBootstrap: () => Promise.reject(down) }))
    expect(await failure(environs)).toBe(down)
    await expectNothingLeft()
  })
})

describe('a bootstrap that fails', () => {
  it('while starting removes everything', async () => {
    const down = new UnavailableError('down')
    const environs = await make((original) => ({
      // Made, and then the answer is lost: only its tags lead to it.
      startInstance: async (...args) => {
        await original.startInstance(...args)
        throw down
      },
    }))
    const error = await failure(environs)
    expect(findError(error, UnavailableError)).toBe(down)
    await expectNothingLeft()
  })

  it('for a quota says so', async () => {
    cloud.quota = 0
    expect(await failure(await make())).toBeInstanceOf(QuotaExceededError)
    await expectNothingLeft()
  })

  it('while waiting for an address removes everything', async () => {
    const failing = failure(await make(withoutAddress))
    await expect.poll(() => clock.asleep).toBe(2)
    expect(cloud.machines()).toHaveLength(1)
    clock.advance(180_000)
    const error = await failing
    expect(error).toBeInstanceOf(NotFoundError)
    expect((error as Error).message).toMatch(/^no addresses for instances memory-1 after 180 s/)
    await expectNothingLeft()
  })

  it('while finalising removes everything', async () => {
    const refused = new EnvironsError('the nonce does not match')
    const environs = await make((original) => withFinalize(original, () => Promise.reject(refused)))
    const phases: string[] = []
    const onProgress = (event: ProgressEvent) => event.kind === 'phase' && phases.push(event.phase)
    expect(await failure(environs, { onProgress })).toBe(refused)
    expect(phases).toEqual(['prepare', 'start', 'address', 'finalize', 'cleanup'])
    await expectNothingLeft()
  })

  it('leaves everything when it is told to, so that it can be destroyed later', async () => {
    const refused = new EnvironsError('the nonce does not match')
    const environs = await make((original) => withFinalize(original, () => Promise.reject(refused)))
    const messages: string[] = []
    const onProgress = ({ message }: ProgressEvent) => messages.push(message)
    expect(await failure(environs, { keepBroken: true, onProgress })).toBe(refused)
    const [machine] = cloud.machines()
    expect(await store.get('main')).toMatchObject({ status: 'bootstrapping', instanceIds: [machine?.id] })
    expect(messages.at(-1)).toContain('Destroy controller "main" to remove it')
    await environs.destroyController('main')
    expect(cloud.machines()).toEqual([])
    expect(await store.all()).toEqual([])
  })

  it('and whose removal fails keeps its entry, and says both', async () => {
    const first = new EnvironsError('the nonce does not match')
    const second = new UnavailableError('down')
    let down = true
    const environs = await make((original) => ({
      ...withFinalize(original, () => Promise.reject(first)),
      destroyController: (...args) => (down ? Promise.reject(second) : original.destroyController(...args)),
    }))
    const error = await failure(environs)
    expect(error).toBeInstanceOf(EnvironsError)
    expect(error).toMatchObject({
      message: 'the nonce does not match; and what was made could not all be removed',
      resource: 'controller "main"',
      hint: 'destroy controller "main" to try again to remove it',
    })
    expect(findError(error, UnavailableError)).toBe(second)
    expect(logged).toMatchObject([[expect.any(String), { controller: 'main', error: second }]])
    expect(await store.get('main')).toMatchObject({ status: 'bootstrapping' })
    expect(clock.asleep).toBe(0)
    down = false
    await environs.destroyController('main')
    expect(cloud.machines()).toEqual([])
    expect(await store.all()).toEqual([])
  })
})

describe('a bootstrap that is ended', () => {
  it('by its user removes everything, and gives the reason', async () => {
    const stop = new AbortController()
    const reason = new Error('interrupted')
    const failing = failure(await make(withoutAddress), { signal: stop.signal })
    await expect.poll(() => clock.asleep).toBe(2)
    expect(cloud.machines()).toHaveLength(1)
    stop.abort(reason)
    expect(await failing).toBe(reason)
    await expectNothingLeft()
  })

  it('before it began makes nothing', async () => {
    const reason = new Error('interrupted')
    expect(await failure(await make(), { signal: AbortSignal.abort(reason) })).toBe(reason)
    await expectNothingLeft()
  })

  it('by its deadline removes everything, and says how long it took', async () => {
    const never = (_: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) =>
      new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    let waiting = false
    const environs = await make((original) => ({
      startInstance: async (params, options) => {
        await original.startInstance(params, options)
        waiting = true
        return await never(params, options)
      },
    }))
    const failing = failure(environs, { dialOpts: { timeout: 30_000 } })
    await expect.poll(() => waiting).toBe(true)
    clock.advance(30_000)
    const error = await failing
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as Error).message).toBe('bootstrap took longer than 30 s')
    await expectNothingLeft()
  })

  it('removes what it made although its own signal is aborted, within a time of its own', async () => {
    const seen: (AbortSignal | undefined)[] = []
    const stop = new AbortController()
    const environs = await make((original) => ({
      ...withFinalize(original, async () => {
        stop.abort(new Error('interrupted'))
        stop.signal.throwIfAborted()
      }),
      destroyController: async (uuid, options) => {
        seen.push(options?.signal)
        expect(options?.signal?.aborted).toBe(false)
        await original.destroyController(uuid, options)
      },
    }))
    await failure(environs, { signal: stop.signal })
    expect(seen).toHaveLength(1)
    await expectNothingLeft()
  })
})
