/** Bootstraps on simulated machines: they end with a controller that answers, or with nothing. */

import { inspect } from 'node:util'
import { gunzipSync } from 'node:zlib'
import {
  type BootstrapOptions,
  ConflictError,
  EnvironsError,
  type EnvironsOptions,
  NotFoundError,
  NotValidError,
  type PackedAgent,
  type ProgressEvent,
  Secret,
  systemDialer,
  TimeoutError,
  UnavailableError,
  UntrustedError,
} from 'cloud-environs'
import openstack from 'cloud-environs/providers/openstack'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { certificate, stand, strangersCertificate } from '../controller/controllers.ts'
import { Machines, otherHostKey } from '../ssh/machines.ts'
import { altered } from './altered-memory.ts'
import { hurriedClock, MachineWaitClock } from './clocks.ts'
import { CLOUD_PASSWORD, LiveCloud } from './live-cloud.ts'

let cloud: LiveCloud
let serving: PackedAgent
let crashing: PackedAgent
beforeAll(async () => {
  cloud = await LiveCloud.start()
  serving = await cloud.agent('serving')
  crashing = await cloud.agent('crashing')
})
afterAll(() => cloud[Symbol.asyncDispose]())
afterEach(async () => {
  const environs = await cloud.environs()
  await environs.destroyController('main', { credential: cloud.credential }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error
  })
  expect(cloud.inventory()).toEqual([])
  expect(await environs.accounts.get('main')).toBeUndefined()
})

/** A bootstrap that fails; its error. Nothing may be left. */
async function failure(
  over: Partial<EnvironsOptions>,
  options: BootstrapOptions = {},
  agent = serving,
): Promise<EnvironsError> {
  const environs = await cloud.environs(over)
  const error = await environs.bootstrap(cloud.params(agent), cloud.options(options)).then(
    () => expect.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EnvironsError)
  if (options.keepBroken) return error as EnvironsError
  expect(cloud.inventory()).toEqual([])
  expect(await environs.controllers.all()).toEqual([])
  expect(await environs.accounts.get('main')).toBeUndefined()
  return error as EnvironsError
}

function target(address: string) {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}

/** Bodies of all requests to the cloud, user data unpacked. */
class Overheard {
  readonly bodies: string[] = []
  readonly userData: string[] = []
  readonly dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    if (typeof options.body === 'string' && !options.path.endsWith('/auth/tokens')) this.#hear(options.body)
    return dispatch(options, handler)
  })

  #hear(body: string): void {
    this.bodies.push(body)
    const [, packed] = /"user_data":"([^"]+)"/.exec(body) ?? []
    if (packed === undefined) return
    const data = Buffer.from(packed, 'base64')
    this.userData.push((data[0] === 0x1f ? gunzipSync(data) : data).toString())
  }
}

describe('a bootstrap', () => {
  it('ends with a controller that answers, and whose secrets went there by SSH only', async () => {
    const overheard = new Overheard()
    const environs = await cloud.environs({ dispatcher: overheard.dispatcher })
    const events: ProgressEvent[] = []
    const pending: unknown[] = []
    const secrets: string[] = [CLOUD_PASSWORD]
    const onProgress = (event: ProgressEvent): void => {
      events.push(event)
      if (event.message !== 'Finalising the controller') return
      pending.push(
        environs.accounts.get('main').then((account) => {
          secrets.push(account?.pending?.serverKey.reveal() ?? '')
          return account?.pending
        }),
      )
    }
    const adminSecret = new Secret('adm1n-s3cret')
    const made = await environs.bootstrap(
      cloud.params(serving, { adminSecret }),
      cloud.options({ onProgress }),
    )
    expect(made.details).toMatchObject({
      status: 'ready',
      apiEndpoints: [`${made.addresses[0]?.value}:17070`],
      sshHostKeys: [expect.stringMatching(/^ssh-ed25519 /)],
      modelConfig: { 'agent-version': '3.6.1.1' },
    })

    await using controller = await environs.connectController('main')
    expect(await controller.controller()).toMatchObject({ name: 'main', controllerUuid: made.details.uuid })

    const access = await environs.machineAccess('main')
    await using machine = await access.connect()
    const { stdout } = await machine.exec(
      'cd /var/lib/juju && stat -c %a agents/* agents/*/agent.conf; ls tools',
    )
    expect(stdout.trim().split('\n')).toEqual(['700', '600', 'machine-0'])

    const account = await environs.accounts.get('main')
    expect(account).toMatchObject({ user: 'admin@local', password: adminSecret })
    expect(account).not.toHaveProperty('pending')
    expect(await Promise.all(pending)).toMatchObject([{ base: 'ubuntu@24.04' }])

    secrets.push(adminSecret.reveal())
    secrets.push(account?.sshPrivateKey.reveal() ?? '', account?.caPrivateKey.reveal() ?? '')
    expect(overheard.userData).toHaveLength(1)
    const everything = [
      ...overheard.bodies,
      ...overheard.userData,
      inspect(events),
      inspect(made, { depth: 9 }),
    ]
    for (const secret of secrets) {
      // A key as text of YAML or JSON has other line ends: one of its lines will do, but the first ones are no secret.
      const line = secret.split('\n').at(secret.includes('\n') ? 2 : 0) ?? ''
      expect(line.length).toBeGreaterThan(8)
      expect(everything.filter((text) => text.includes(line))).toEqual([])
    }
    // The client's public key went with it, and the host key that it expects.
    expect(overheard.userData[0]).toContain('juju-client-key')
    expect(overheard.userData[0]).toContain('ed25519_private')

    await using machines = new Machines()
    await machines.add('stranger', otherHostKey)
    await using stranger = await stand((_, response) => response.end('{}'), await strangersCertificate())
    const deceived = await cloud.environs({
      dialer: cloud.rerouted({
        22: () => machines.dialer.dial({ host: 'stranger', port: 22 }),
        17_070: () => systemDialer.dial(target(stranger.address)),
      }),
    })
    await expect(deceived.connectController('main')).rejects.toBeInstanceOf(UntrustedError)
    const elsewhere = await deceived.machineAccess('main')
    await expect(elsewhere.connect()).rejects.toBeInstanceOf(UntrustedError)

    await expect(environs.resumeBootstrap('main', { credential: cloud.credential })).rejects.toThrow(
      'there is nothing to finish of controller "main": it is ready',
    )
    await expect(environs.bootstrap(cloud.params(serving))).rejects.toThrow('already exists')
  })
})

describe('a bootstrap with an authority that cannot be used', () => {
  it('asks nothing of the cloud', async () => {
    cloud.openstack.requests.clear()
    const { cert } = certificate
    const environs = await cloud.environs()
    for (const [key, message] of [
      [undefined, 'ca-private-key is missing'],
      [certificate.key, 'ca-cert is no authority'],
    ] as const) {
      const params = { controllerConfig: { 'ca-cert': cert }, ...(key ? { caPrivateKey: key } : {}) }
      const failing = environs.bootstrap(cloud.params(serving, params))
      await expect(failing).rejects.toBeInstanceOf(NotValidError)
      await expect(failing).rejects.toThrow(message)
    }
    expect(await environs.controllers.all()).toEqual([])
    expect(cloud.openstack.requests.length).toBe(0)
  })
})

describe('somebody in between', () => {
  it('who shows another SSH host key is refused', async () => {
    await using stranger = new Machines()
    await stranger.add('stranger', otherHostKey)
    const toStranger = () => stranger.dialer.dial({ host: 'stranger', port: 22 })
    const error = await failure({ dialer: cloud.rerouted({ 22: toStranger }) })
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toMatch(/host key/)
    expect(error.hint).toMatch(/in between|another machine/)
  })

  it('who shows another certificate is refused, and hears no password', async () => {
    const heard: unknown[] = []
    await using stranger = await stand(({ url }) => heard.push(url), await strangersCertificate())
    const toStranger = () => systemDialer.dial(target(stranger.address))
    const error = await failure({ dialer: cloud.rerouted({ 17_070: toStranger }) })
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toContain("is not this controller's")
    expect(error.hint).toContain('somebody may be in between')
    expect(heard).toEqual([])
  })
})

/** Nobody ever answers at port 22; after two attempts the time is up. */
function unreachable(): Partial<EnvironsOptions> {
  const clock = new MachineWaitClock()
  let attempts = 0
  const nobody = async () => {
    if (++attempts === 2) clock.giveUp()
    return await Promise.reject(new UnavailableError('no route to host'))
  }
  return { dialer: cloud.rerouted({ 22: nobody }), clock }
}

describe('a machine', () => {
  it('with another nonce is not the one that was started', async () => {
    const plugin = altered(openstack(), (original) => ({
      bootstrap: async (...args) => {
        const result = await original.bootstrap(...args)
        return {
          ...result,
          finalize: (context, config, dialOpts) =>
            result.finalize(context, { ...config, machineNonce: 'another' }, dialOpts),
        }
      },
    }))
    const environs = await cloud.environs({ plugins: [plugin] })
    const failing = environs.bootstrap(cloud.params(serving), cloud.options())
    await expect(failing).rejects.toBeInstanceOf(UntrustedError)
    await expect(failing).rejects.toThrow('another nonce')
  })

  it('that never answers is given up in time, with what was tried last', async () => {
    const error = await failure(unreachable())
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toMatch(/without being able to connect to the machine: .*no route to host/)
  })

  it('is kept when that is asked for, and can be destroyed', async () => {
    await failure(unreachable(), { keepBroken: true })
    expect(cloud.inventory()).not.toEqual([])
    const environs = await cloud.environs()
    expect(await environs.controllers.get('main')).toMatchObject({ status: 'bootstrapping' })
    // What is kept can also be finished: the way to it may be open now.
    const { details } = await environs.resumeBootstrap('main', {
      ...cloud.options(),
      credential: cloud.credential,
      agentBuilds: [serving],
    })
    expect(details).toMatchObject({ status: 'ready' })
    await using controller = await environs.connectController('main')
    expect(await controller.controller()).toMatchObject({ controllerUuid: details.uuid })
  })
})

describe('an agent', () => {
  it('that ends at once is quoted in the error', async () => {
    const error = await failure({ clock: hurriedClock }, {}, crashing)
    expect(error.message).toContain('agent ended')
    expect(error.message).toContain('flux capacitor not found')
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['the instance exists', ['creating a server']],
    ['the machine is reached', ['Attempting to connect', 'Starting the agent']],
  ])('before and after %s removes everything', async (_, messages) => {
    const environs = await cloud.environs()
    const interrupted = async (message: string, index: number): Promise<void> => {
      const stop = new AbortController()
      const reason = new Error(message)
      const onProgress = (event: ProgressEvent): void => {
        if (event.message.includes(message)) stop.abort(reason)
      }
      const failing = environs.bootstrap(
        cloud.params(serving, { controllerName: `c${index}` }),
        cloud.options({ onProgress, signal: stop.signal }),
      )
      await expect(failing).rejects.toBe(reason)
      expect(await environs.accounts.get(`c${index}`)).toBeUndefined()
    }
    await Promise.all(messages.map(interrupted))
    expect(await environs.controllers.all()).toEqual([])
  })
})

describe('there is nothing to finish', () => {
  it('of a controller that nobody knows', async () => {
    const environs = await cloud.environs()
    await expect(environs.resumeBootstrap('main')).rejects.toBeInstanceOf(NotFoundError)
  })

  it('of one that was to have no agent', async () => {
    const plugin = altered(openstack(), (original) => ({
      bootstrap: async (...args) => {
        const result = await original.bootstrap(...args)
        return { ...result, finalize: () => Promise.reject(new UnavailableError('down')) }
      },
    }))
    const environs = await cloud.environs({ plugins: [plugin] })
    const { agentBuilds: _, ...params } = cloud.params(serving, { agent: 'none' })
    await expect(environs.bootstrap(params, cloud.options({ keepBroken: true }))).rejects.toThrow('down')
    const resuming = environs.resumeBootstrap('main', { credential: cloud.credential })
    await expect(resuming).rejects.toBeInstanceOf(ConflictError)
    const noKey = /has no key of this client/
    await expect(environs.machineAccess('main')).rejects.toThrow(noKey)
    await expect(environs.connectController('main')).rejects.toThrow(/has no agent to connect to/)
  })
})
