import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { type ControllerAccount, FileAccountStore, NotValidError, Secret } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const run = promisify(execFile)

let directory: string
let file: string
let store: FileAccountStore
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'environs-accounts-')), 'environs')
  file = join(directory, 'accounts.yaml')
  store = new FileAccountStore(directory)
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

const account: ControllerAccount = {
  user: 'admin@local',
  // Digits stay digits, and nothing is taken for a boolean.
  password: new Secret('0012e5'),
  sshPrivateKey: new Secret('-----BEGIN A-----\nthe-ssh-key\n-----END A-----\n'),
  caPrivateKey: new Secret('no'),
}
const pending: ControllerAccount = {
  ...account,
  pending: {
    serverCert: 'a certificate',
    serverKey: new Secret('the-server-key'),
    sshHostKeys: [{ type: 'ed25519', privateKey: new Secret('the-host-key'), publicKey: 'ssh-ed25519 AAAA' }],
    machineNonce: 'nonce',
    placement: 'zone=az1',
    constraints: 'mem=4096M',
    modelConstraints: '',
    base: 'ubuntu@24.04',
  },
}

/** Accounts with their secrets readable. */
const revealed = (of: ControllerAccount | undefined): unknown => ({
  ...of,
  password: of?.password.reveal(),
  sshPrivateKey: of?.sshPrivateKey.reveal(),
  caPrivateKey: of?.caPrivateKey.reveal(),
  serverKey: of?.pending?.serverKey.reveal(),
  hostKey: of?.pending?.sshHostKeys[0]?.privateKey.reveal(),
})

const SECRETS = /0012e5|the-ssh-key|the-server-key/

describe('accounts in a file', () => {
  it('are none at first, and looking for one makes nothing', async () => {
    expect(await store.get('main')).toBeUndefined()
    await store.remove('main')
    await expect(stat(directory)).rejects.toThrow('ENOENT')
  })

  it.each([
    ['of a controller', account],
    ['of a bootstrap that is not over', pending],
  ])('%s is read back as it was, also by another store', async (_, given) => {
    await store.put('main', given)
    await store.put('constructor', account)
    const read = await new FileAccountStore(directory).get('main')
    expect(read).toEqual(given)
    expect(revealed(read)).toEqual(revealed(given))
    expect(await store.get('other')).toBeUndefined()
  })

  it('are replaced and removed; a name that is not there is no error', async () => {
    await store.put('main', pending)
    await store.put('main', account)
    expect(await store.get('main')).not.toHaveProperty('pending')
    await store.remove('main')
    await store.remove('main')
    expect(await store.get('main')).toBeUndefined()
    expect(await readFile(file, 'utf8')).not.toMatch(SECRETS)
  })

  it('are for their owner alone', async () => {
    await store.put('main', account)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  it('are not printed with their secrets', async () => {
    await store.put('main', pending)
    const read = await store.get('main')
    for (const text of [inspect(read, { depth: 9 }), JSON.stringify(read)]) expect(text).not.toMatch(SECRETS)
  })

  it.each<[string, (text: string) => string, string]>([
    ['is no YAML', (text) => `${text}\n  : [0012e5`, 'line'],
    ['lacks a password', (text) => text.replace('password:', 'passw0rd:'), 'controllers.main.password'],
    ['lacks a key of the bootstrap', (text) => text.replace('server-key:', 'k:'), 'bootstrap.server-key'],
    ['has another kind of key', (text) => text.replace('type: ed25519', 'type: 0012e5'), 'ssh-host-keys'],
    ['is a list', () => '- 0012e5', ''],
  ])('whose file %s say so without quoting it, and are not overwritten', async (_, spoil, place) => {
    await store.put('main', pending)
    const text = spoil(await readFile(file, 'utf8'))
    await writeFile(file, text)
    for (const acting of [store.get('main'), store.put('other', account)]) {
      const error = await acting.then(
        () => expect.fail('it succeeded'),
        (thrown: unknown) => thrown as Error,
      )
      expect(error).toBeInstanceOf(NotValidError)
      expect(error.message).toContain(`${file} cannot be read: `)
      expect(error.message).toContain(place)
      expect(inspect(error, { depth: 9 })).not.toMatch(SECRETS)
    }
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('keep what a newer version wrote', async () => {
    await mkdir(directory)
    await writeFile(file, '# mine\ncontrollers:\n  other: {}\nversion: "9"\n', { mode: 0o600 })
    await store.remove('other')
    await store.put('main', account)
    expect(await readFile(file, 'utf8')).toMatch(/^# mine\n[^]*version: "9"/)
  })

  it('lose nothing in several processes', async () => {
    const modules = ['bootstrap/account-store.js', 'cloud/secret.js'].map((path) =>
      JSON.stringify(new URL(`../../dist/src/${path}`, import.meta.url).href),
    )
    const program = (name: string) => `
      import { FileAccountStore } from ${modules[0]}
      import { Secret } from ${modules[1]}
      const [password, sshPrivateKey, caPrivateKey] = ['a', 'b', 'c'].map((text) => new Secret(text))
      const store = new FileAccountStore(${JSON.stringify(directory)})
      for (const n of [1, 2, 3])
        await store.put('${name}' + n, { user: 'u', password, sshPrivateKey, caPrivateKey })`
    const processes = ['p', 'q']
    await Promise.all(
      processes.map((name) => run(process.execPath, ['--input-type=module', '--eval', program(name)])),
    )
    for (const name of processes.flatMap((each) => [1, 2, 3].map((n) => `${each}${n}`))) {
      expect(await store.get(name), name).toMatchObject({ user: 'u' })
    }
  })
})
