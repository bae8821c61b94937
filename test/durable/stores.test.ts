import { inspect } from 'node:util'
import {
  type AccountStore,
  AlreadyExistsError,
  type ControllerAccount,
  type ControllerStore,
  NotFoundError,
  NotSupportedError,
  Secret,
} from 'cloud-environs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { controllerDetails } from '../bootstrap/controller-details.ts'
import { Place } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
let place: Place
let controllers: ControllerStore
let accounts: AccountStore
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  place = await Place.on(postgres)
  ;({ controllers, accounts } = await place.open())
  return async () => await place[Symbol.asyncDispose]()
})

describe('controllers in a database', () => {
  it('are what was added, by name', async () => {
    const b = controllerDetails('b')
    const a = controllerDetails('a', { machines: { '1': { instanceId: 'i-2' } }, nextMachine: 2 })
    await controllers.add(b)
    await controllers.add(a)
    expect(await controllers.all()).toEqual([a, b])
    const { controllers: others } = await place.open()
    expect(await others.get('a')).toEqual(a)
    await controllers.remove('a')
    await controllers.remove('a')
    expect(await others.all()).toEqual([b])
  })

  it('have names of their own, and one that is not there is told with those that are', async () => {
    await controllers.add(controllerDetails('main'))
    await expect(controllers.add(controllerDetails('main'))).rejects.toBeInstanceOf(AlreadyExistsError)
    for (const missing of [controllers.get('other'), controllers.update('other', (details) => details)]) {
      const error = await missing.catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(NotFoundError)
      expect((error as NotFoundError).hint).toContain('main')
    }
  })

  it('are changed as a whole or not at all', async () => {
    await controllers.add(controllerDetails('main', { machines: { '1': { instanceId: 'i-1' } } }))
    const after = await controllers.update('main', ({ machines: _machines, ...details }) => ({
      ...details,
      status: 'bootstrapping',
      machines: { '2': { job: 'j' } },
    }))
    expect(after).toMatchObject({ status: 'bootstrapping', machines: { '2': { job: 'j' } } })
    expect(await controllers.get('main')).toEqual(after)
    const refuse = () => {
      throw new Error('no')
    }
    await expect(controllers.update('main', refuse)).rejects.toThrow('no')
    expect(await controllers.get('main')).toEqual(after)
  })

  it('lose no change of several at the same time, with 2,000 machines', async () => {
    const machines = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`old-${index}`, { instanceId: `i-${index}` }]),
    )
    await controllers.add(controllerDetails('main', { machines }))
    const stores = [controllers, (await place.open()).controllers, (await place.open()).controllers]
    await Promise.all(
      stores.flatMap((store, who) =>
        Array.from({ length: 20 }, (_, index) =>
          store.update('main', (details) => {
            const { [`old-${who * 20 + index}`]: _, ...rest } = details.machines ?? {}
            return {
              ...details,
              nextMachine: details.nextMachine + 1,
              machines: { ...rest, [`new-${who}-${index}`]: { starting: index, by: String(who) } },
            }
          }),
        ),
      ),
    )
    const { nextMachine, machines: after = {} } = await controllers.get('main')
    expect(nextMachine).toBe(61)
    expect(Object.keys(after)).toHaveLength(2_000)
    expect(Object.keys(after).filter((id) => id.startsWith('new-'))).toHaveLength(60)
  })

  it('refuse a configuration with a secret in it', async () => {
    const details = controllerDetails('main')
    const modelConfig = { ...details.modelConfig, token: new Secret('a-secret-token') }
    await expect(controllers.add({ ...details, modelConfig })).rejects.toBeInstanceOf(NotSupportedError)
    expect(await postgres.dump(place.name)).not.toContain('a-secret-token')
  })
})

const account: ControllerAccount = {
  user: 'admin@local',
  password: new Secret('canary-password'),
  sshPrivateKey: new Secret('canary-ssh-key'),
  caPrivateKey: new Secret('canary-ca-key'),
  pending: {
    serverCert: 'a certificate',
    serverKey: new Secret('canary-server-key'),
    sshHostKeys: [
      { type: 'ed25519', privateKey: new Secret('canary-host-key'), publicKey: 'ssh-ed25519 AAAA' },
    ],
    machineNonce: 'nonce',
    constraints: '',
    modelConstraints: '',
    base: 'ubuntu@24.04',
  },
}

describe('accounts in a database', () => {
  it('are there for all who have the key, and never to be read', async () => {
    expect(await accounts.get('main')).toBeUndefined()
    await accounts.put('main', account)
    const { accounts: others } = await place.open()
    const read = await others.get('main')
    expect(read?.password.reveal()).toBe('canary-password')
    expect(read?.sshPrivateKey.reveal()).toBe('canary-ssh-key')
    expect(read?.caPrivateKey.reveal()).toBe('canary-ca-key')
    expect(read?.pending?.serverKey.reveal()).toBe('canary-server-key')
    expect(read?.pending?.sshHostKeys[0]?.privateKey.reveal()).toBe('canary-host-key')
    expect(inspect(read, { depth: 9 })).not.toContain('canary')
    const dump = await postgres.dump(place.name)
    const hex = Buffer.from('canary-').toString('hex')
    expect(dump).not.toMatch(new RegExp(`canary-|${hex}|admin@local`))
  })

  it('are replaced and removed', async () => {
    await accounts.put('main', account)
    await accounts.put('main', { ...account, user: 'other@local' })
    expect((await accounts.get('main'))?.user).toBe('other@local')
    await accounts.remove('main')
    await accounts.remove('main')
    expect(await accounts.get('main')).toBeUndefined()
  })

  it('do not open under the name of another controller', async () => {
    await accounts.put('main', account)
    await postgres.query(`UPDATE environs.accounts SET controller = 'other'`, [], place.name)
    await expect(accounts.get('other')).rejects.toThrow(place.keyFile)
  })
})
