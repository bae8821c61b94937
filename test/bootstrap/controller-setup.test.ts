/** The secrets of a new controller: what is made, what may be brought, and what its agent is told. */

import { X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import { NotValidError, Secret } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import {
  type ControllerSecrets,
  controllerSetup,
  newControllerSecrets,
} from '../../src/bootstrap/controller-setup.ts'
import { newAuthority } from '../../src/certificates/index.ts'
import { parseAgentConfig } from '../../src/controller/agent-config.ts'
import { checkPassword } from '../../src/controller/password.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { controllerDetails } from './controller-details.ts'

const clock = new ManualClock()
clock.advance(Date.UTC(2026, 0, 1))
let drawn = 0
const random = { number: () => 0, uuid: () => '', hex: (bytes: number) => String(++drawn).repeat(2 * bytes) }

const secretsFor = (given: ControllerSecrets & { readonly caCert?: string } = {}) =>
  newControllerSecrets(given, { clock, random })
const authority = await newAuthority({ name: 'mine', now: clock.now() })
const other = await newAuthority({ name: 'other', now: clock.now() })

describe('the secrets of a new controller', () => {
  it('are all its own when nothing is brought', async () => {
    const [first, second] = await Promise.all([secretsFor(), secretsFor()])
    expect(first.account.user).toBe('admin@local')
    expect(first.account.password.reveal()).toMatch(/^\d{32}$/)
    for (const of of [first, second]) {
      const server = new X509Certificate(of.pending.serverCert)
      expect(server.verify(new X509Certificate(of.caCert).publicKey)).toBe(true)
      expect(server.subjectAltName).toBe('DNS:localhost, DNS:juju-apiserver, DNS:anything')
    }
    const texts = [first, second].flatMap(({ account, pending, caCert, sshPublicKey }) => [
      account.password.reveal(),
      account.sshPrivateKey.reveal(),
      account.caPrivateKey.reveal(),
      pending.serverKey.reveal(),
      pending.sshHostKeys[0]?.privateKey.reveal(),
      caCert,
      sshPublicKey,
    ])
    expect(new Set(texts).size).toBe(14)
  })

  it('are signed by the authority that is brought, and have the password that is', async () => {
    const { account, pending, caCert } = await secretsFor({
      caCert: authority.cert,
      caPrivateKey: authority.key,
      adminSecret: new Secret('mine'),
    })
    expect(caCert).toBe(authority.cert)
    expect(account.caPrivateKey).toBe(authority.key)
    expect(account.password.reveal()).toBe('mine')
    const server = new X509Certificate(pending.serverCert)
    expect(server.verify(new X509Certificate(authority.cert).publicKey)).toBe(true)
  })

  it.each<[string, ControllerSecrets & { caCert?: string }, string]>([
    ['without its key', { caCert: authority.cert }, 'ca-private-key is missing'],
    ['without its certificate', { caPrivateKey: authority.key }, 'ca-cert is missing'],
    [
      'with the key of another',
      { caCert: authority.cert, caPrivateKey: other.key },
      'do not belong together',
    ],
    ['of nonsense', { caCert: 'nonsense', caPrivateKey: authority.key }, 'ca-cert cannot be read'],
    [
      'with a nonsensical key',
      { caCert: authority.cert, caPrivateKey: new Secret('non5ense') },
      'ca-private-key',
    ],
    ['that is empty', { caCert: '', caPrivateKey: new Secret('') }, 'ca-cert'],
  ])('are not made from an authority %s', async (_, given, message) => {
    const making = secretsFor(given)
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(message)
    const error: unknown = await making.catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: 9 })).not.toMatch(/PRIVATE KEY|non5ense/)
  })
})

describe('what the agent is told', () => {
  it('lets it be the controller, with a hash of the password and the credential', async () => {
    const { account, pending } = await secretsFor()
    const details = controllerDetails('main')
    const cloud = {
      ...details.cloud,
      credential: { authType: 'userpass', attributes: { password: new Secret('cloud-pa55') } },
    }
    const rest = { machineNonce: '', constraints: '', modelConstraints: '', base: '' }
    const setup = await controllerSetup(details, cloud, account, { ...pending, ...rest })
    expect(inspect(setup, { depth: 9 })).not.toMatch(/cloud-pa55|PRIVATE/)
    const text = setup.agentConfig.reveal()
    expect(text).not.toContain(account.password.reveal())
    expect(text).not.toContain(account.caPrivateKey.reveal().split('\n')[1])
    const config = parseAgentConfig(text, 'agent.conf')
    expect(config).toMatchObject({
      controllerName: 'main',
      controllerUuid: details.uuid,
      modelUuid: details.modelConfig.uuid,
      serverCert: pending.serverCert,
      cloud: details.cloud,
    })
    expect(config.serverKey.reveal()).toBe(pending.serverKey.reveal())
    expect(config.cloud.credential?.attributes['password']).toEqual(new Secret('cloud-pa55'))
    expect(await checkPassword(account.password.reveal(), config.adminPasswordHash)).toBe(true)
  })
})
