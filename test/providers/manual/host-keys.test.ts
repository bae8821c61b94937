import { createHmac } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environ, newModelConfig, UnauthorizedError, UntrustedError } from 'cloud-environs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newSshKeyPair } from '../../../src/ssh/index.ts'
import { TestHosts } from './hosts.ts'

let hosts: TestHosts
beforeAll(async () => {
  hosts = await TestHosts.start('main')
})
afterAll(() => hosts[Symbol.asyncDispose]())

const stranger = newSshKeyPair()
const known = () => join(hosts.home, '.ssh', 'known_hosts')
const own = () => hosts.host('main').hostKey.publicKey.split(' ').slice(0, 2).join(' ')

beforeEach(async () => {
  await mkdir(join(hosts.home, '.ssh'), { recursive: true })
  await writeFile(known(), '')
})

/** An environ that makes nothing. */
async function open(hostKeys: Readonly<Record<string, string>> = {}, cloud = hosts.cloud()) {
  const environs = await hosts.environs()
  const uuid = crypto.randomUUID()
  const config = await newModelConfig({ name: 'x', type: 'manual', uuid, 'host-keys': hostKeys })
  const provider = environs.providers.provider('manual')
  return await environs.open({ cloud, config: await provider.prepareConfig({ cloud, config }) })
}

const answers = async (environ: Environ) => expect(await environ.allInstances()).toEqual([])

describe('the key of a host', () => {
  it('is learnt once, however many ask, and kept where ssh keeps it', async () => {
    await writeFile(known(), '# mine\nother ssh-dss AAAA')
    const environ = await open()
    await Promise.all([answers(environ), answers(environ)])
    await answers(await open())
    expect(await readFile(known(), 'utf8')).toBe(`# mine\nother ssh-dss AAAA\nmain ${own()}\n`)
  })

  it('that changed is refused, and nothing is said to whoever has it', async () => {
    const environ = await open()
    await answers(environ)
    const host = hosts.host('main')
    host.commands.length = 0
    await host.serve(stranger)
    await expect(environ.allInstances()).rejects.toBeInstanceOf(UntrustedError)
    await expect(environ.destroy()).rejects.toBeInstanceOf(UntrustedError)
    expect(host.commands).toEqual([])
    await host.serve()
    await answers(environ)
  })

  it('that the configuration has is the only one that is taken', async () => {
    await answers(await open({ MAIN: own() }))
    expect(await readFile(known(), 'utf8')).toBe('')
    await writeFile(known(), `main ${own()}\n`)
    const deceived = await open({ main: stranger.publicKey })
    await expect(deceived.allInstances()).rejects.toBeInstanceOf(UntrustedError)
  })

  const hashed = (name: string): string => {
    const salt = Buffer.from('twenty bytes of salt')
    return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
  }

  it.each<[string, string]>([
    ['name', 'other,main'],
    ['hash', hashed('main')],
    ['pattern', 'ma?*'],
  ])('is found in known_hosts by %s', async (_, names) => {
    await writeFile(known(), `${names} ${own()} comment\n`)
    await answers(await open())
    await writeFile(known(), `${names} ${stranger.publicKey}\n`)
    await expect((await open()).allInstances()).rejects.toBeInstanceOf(UntrustedError)
  })

  it('that is revoked is not learnt', async () => {
    const text = `@revoked * ${own()}\n`
    await writeFile(known(), text)
    await expect((await open()).allInstances()).rejects.toThrow('revokes')
    expect(await readFile(known(), 'utf8')).toBe(text)
  })
})

describe('logging in', () => {
  it('fails with a key that the host does not know', async () => {
    const cloud = hosts.cloud()
    const credential = { authType: 'ssh-key', attributes: { 'private-key': stranger.privateKey } }
    const environ = await open({}, { ...cloud, credential })
    await expect(environ.allInstances()).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(open({ main: 'ssh-ed25519 AAAA' })).rejects.toThrow(
      '"host-keys" has for main cannot be read',
    )
  })
})
