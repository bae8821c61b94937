import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  newModelConfig,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  Secret,
  UnavailableError,
} from 'cloud-environs'
import { pingsClouds } from 'cloud-environs/provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSshKeyPair } from '../../../src/ssh/index.ts'
import { TestHosts } from './hosts.ts'

let hosts: TestHosts
beforeAll(async () => {
  hosts = await TestHosts.start('main')
})
afterAll(() => hosts[Symbol.asyncDispose]())

const provider = async () => (await hosts.environs()).providers.provider('manual')

const modelConfig = async (attributes: Readonly<Record<string, unknown>>) =>
  await newModelConfig({ name: 'x', type: 'manual', uuid: crypto.randomUUID(), ...attributes })

describe('the configuration of a model', () => {
  it('names hosts in the ways that people write them', async () => {
    const config = await modelConfig({ hosts: 'web1,admin@10.0.0.7,ubuntu@[fd00::1],web1.example.com' })
    expect((await (await provider()).validate(config)).attrs['hosts']).toHaveLength(4)
  })

  it.each(['web1:22', '10.0.0.7:2222', '-oProxyCommand=x', 'a@b@c', '@web1', 'web1;reboot', 'ssh://web1'])(
    'has no host %s',
    async (host) => {
      const config = await modelConfig({ hosts: [host] })
      await expect((await provider()).validate(config)).rejects.toThrow(`"${host}" is not a host`)
    },
  )

  it('has no firewall of the whole model', async () => {
    const config = await modelConfig({ 'firewall-mode': 'global' })
    await expect((await provider()).validate(config)).rejects.toBeInstanceOf(NotSupportedError)
    const cloud = hosts.cloud()
    const environ = await (await provider()).open({ cloud, config: await modelConfig({}) })
    await expect(environ.ports()).rejects.toThrow('invalid firewall mode "instance"')
  })
})

describe('a cloud of hosts', () => {
  it('is one when SSH answers there', async () => {
    const manual = await provider()
    if (!pingsClouds(manual)) throw new Error('it cannot be asked')
    await manual.ping('admin@main')
    await expect(manual.ping('nowhere')).rejects.toBeInstanceOf(UnavailableError)
    await expect(manual.ping('https://main')).rejects.toBeInstanceOf(NotValidError)
  })

  it('needs a key', async () => {
    const { credential: _, ...cloud } = hosts.cloud()
    const config = await modelConfig({})
    await expect((await provider()).open({ cloud, config })).rejects.toThrow('no credential of type ssh-key')
  })
})

describe('the key of a user', () => {
  it('is the first one that has no passphrase', async () => {
    const ssh = join(hosts.home, '.ssh')
    await mkdir(ssh, { recursive: true })
    await expect((await provider()).detectCredentials()).rejects.toBeInstanceOf(NotFoundError)
    const { privateKey } = newSshKeyPair()
    const body = Buffer.concat([
      Buffer.from('openssh-key-v1\0'),
      Buffer.from([0, 0, 0, 10]),
      Buffer.from('aes256-ctr'),
    ])
    const locked = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
    await writeFile(join(ssh, 'id_ed25519'), locked)
    await writeFile(join(ssh, 'id_rsa'), privateKey.reveal())
    const { credentials, defaultCredential } = await (await provider()).detectCredentials()
    expect(defaultCredential).toBe('id_rsa')
    expect(credentials['id_rsa']?.attributes['private-key']).toEqual(new Secret(privateKey.reveal()))
  })
})
