import { inspect } from 'node:util'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AlreadyExistsError,
  type Credential,
  credentialText,
  FileCredentialStore,
  NotFoundError,
  NotValidError,
  Secret,
} from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let directory: string
let file: string
let store: FileCredentialStore
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'environs-test-')), 'environs')
  file = join(directory, 'credentials.yaml')
  store = new FileCredentialStore(directory)
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

async function write(text: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(file, text)
}

const PEM = '-----BEGIN KEY-----\nline one\nline two\n-----END KEY-----\n'

const userpass = (password: string): Credential => ({
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret(password) },
})

async function text(cloud: string, name: string, attribute: string): Promise<string | undefined> {
  const credential = (await store.get(cloud)).credentials[name]
  return credential && credentialText(credential, attribute)
}

describe('credentials that a user adds', () => {
  it('are none before the first', async () => {
    expect(await store.get('home')).toEqual({ credentials: {} })
    expect(await store.clouds()).toEqual([])
  })

  it.each(['007', 'true', '1e3', 'null', '~', ' spaced ', 'a: b #c', '"', PEM, 'ünï'])(
    'are read back as they were: %j',
    async (password) => {
      await store.put('home', 'me', userpass(password))
      expect(await text('home', 'me', 'password')).toBe(password)
      expect(await text('home', 'me', 'username')).toBe('demo')
      expect((await store.get('home')).credentials['me']?.authType).toBe('userpass')
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    },
  )

  it('show nothing before their schema has told what may be shown', async () => {
    await store.put('home', 'me', userpass('correct horse'))
    const shown = inspect(await store.get('home'), { depth: 9 }) + JSON.stringify(await store.get('home'))
    expect(shown).not.toContain('horse')
    expect(shown).not.toContain('demo')
  })

  it('are replaced and removed, and a cloud without any is forgotten', async () => {
    await store.put('home', 'a', userpass('one'))
    await store.put('home', 'a', { authType: 'empty', attributes: {} })
    await store.put('home', 'b', userpass('two'))
    expect((await store.get('home')).credentials['a']).toEqual({ authType: 'empty', attributes: {} })
    await store.remove('home', 'a')
    await store.remove('home', 'a')
    await store.remove('away', 'a')
    expect(Object.keys((await store.get('home')).credentials)).toEqual(['b'])
    await store.remove('home', 'b')
    expect(await store.clouds()).toEqual([])
  })

  it('have one name each, and a name that is one', async () => {
    await store.add('home', 'a', userpass('one'))
    const adding = store.add('home', 'a', userpass('two'))
    await expect(adding).rejects.toBeInstanceOf(AlreadyExistsError)
    expect(await text('home', 'a', 'password')).toBe('one')
    await store.add('away', 'a', userpass('two'))
    for (const name of ['', 'default-region', 'default-credential']) {
      await expect(store.add('home', name, userpass('x'))).rejects.toBeInstanceOf(NotValidError)
      await expect(store.put('home', name, userpass('x'))).rejects.toBeInstanceOf(NotValidError)
    }
  })

  it('have a default one and a default region', async () => {
    await store.put('home', 'a', userpass('one'))
    await store.setDefaults('home', { credential: 'a', region: 'north' })
    expect(await store.get('home')).toMatchObject({ defaultCredential: 'a', defaultRegion: 'north' })
    await store.setDefaults('home', { region: '' })
    expect(await store.get('home')).toMatchObject({ defaultCredential: 'a' })
    expect(await store.get('home')).not.toHaveProperty('defaultRegion')
    const setting = store.setDefaults('home', { credential: 'b' })
    await expect(setting).rejects.toBeInstanceOf(NotFoundError)
    await expect(setting).rejects.toMatchObject({ hint: 'its credentials are: a' })
    await store.remove('home', 'a')
    expect(await store.get('home')).not.toHaveProperty('defaultCredential')
  })
})

describe('the file credentials.yaml', () => {
  it("is Juju's", async () => {
    await write(`credentials:
  home:
    default-credential: peter
    default-region: north
    peter:
      auth-type: userpass
      password: 0123
      username: peter
`)
    expect(await store.get('home')).toMatchObject({ defaultCredential: 'peter', defaultRegion: 'north' })
    expect(await text('home', 'peter', 'password')).toBe('0123')
    expect(await store.clouds()).toEqual(['home'])
  })

  it('may name a default credential that is gone', async () => {
    await write('credentials:\n  home:\n    default-credential: gone\n    a: {auth-type: empty}\n')
    expect(await store.get('home')).toEqual({ credentials: { a: { authType: 'empty', attributes: {} } } })
  })

  it.each([
    ['a credential without auth-type', 'a: {password: hunter2}', /line 3: credential "a" has no auth-type/],
    [
      'a credential that is no map',
      'default-regoin: x',
      /"default-regoin" is no map; did you mean "default-region"/,
    ],
    [
      'an attribute that is no text',
      'a: {auth-type: x, password: [hunter2]}',
      /"a", password: it is no text/,
    ],
  ])('tells of %s, without its values, and gives those of other clouds', async (_, entry, message) => {
    await write(`credentials:\n  home:\n    ${entry}\n  away:\n    b: {auth-type: empty}\n`)
    const error: unknown = await store.get('home').catch((e: unknown) => e)
    expect(error).toBeInstanceOf(NotValidError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string, resource: file })
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    expect(Object.keys((await store.get('away')).credentials)).toEqual(['b'])
  })

  it('that is no YAML is not quoted: what stands there may be a secret', async () => {
    await write('credentials:\n  home:\n    a: {auth-type: x, password: "hunter2\n')
    const error: unknown = await store.put('home', 'b', userpass('x')).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(NotValidError)
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    expect(await readFile(file, 'utf8')).toContain('hunter2')
  })

  it.each([
    ['a list', '- hunter2\n', /it has no map "credentials"/],
    ['a list of credentials', 'credentials: [hunter2]\n', /it has no map "credentials"/],
    ['a circle', 'credentials: &c {home: *c}\n', /aliases are circular/],
    [
      'a bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefgh')
        .map((name, n) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`)
        .join('\n')}\n`,
      /aliases are circular, too many/,
    ],
  ])('that is %s gives one clear error, and is not written over', async (_, content, message) => {
    await write(content)
    for (const call of [
      () => store.clouds(),
      () => store.get('home'),
      () => store.put('home', 'a', userpass('x')),
    ]) {
      const error: unknown = await call().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(NotValidError)
      expect(error).toMatchObject({ message: expect.stringMatching(message) as string, resource: file })
      expect((error as Error).message).not.toContain('hunter2')
    }
    expect(await readFile(file, 'utf8')).toBe(content)
  })
})
