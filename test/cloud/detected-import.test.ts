import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Cloud,
  type Credential,
  credentialText,
  type EnvironProvider,
  FileCloudStore,
  FileCredentialStore,
  NotFoundError,
  Secret,
} from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CloudFinder } from '../../src/cloud/finder.ts'
import { Providers } from '../../src/runtime/provider-registry.ts'
import { recordingLogger } from './recording-logger.ts'

const cloud = (name: string, endpoint: string): Cloud => ({
  name,
  type: 'a',
  authTypes: ['userpass'],
  endpoint,
  regions: [{ name: 'one', endpoint }],
})

const credential = (password: string): Credential => ({
  authType: 'userpass',
  attributes: { user: 'demo', password: new Secret(password) },
})

let directory: string
let clouds: FileCloudStore
let credentials: FileCredentialStore
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-test-'))
  clouds = new FileCloudStore(directory, recordingLogger())
  credentials = new FileCredentialStore(directory)
})
afterEach(() => rm(directory, { recursive: true }))

/** A finder over a provider that detects those clouds, with those credentials in each. */
function finder(detected: readonly Cloud[], found: Readonly<Record<string, Credential>>): CloudFinder {
  const providers = new Providers()
  const provider = {
    detectClouds: async () => detected,
    detectCloud: () => Promise.reject(new NotFoundError('none')),
    detectCredentials: async () => ({ defaultRegion: 'one', credentials: found }),
    credentialSchemas: () => ({
      userpass: [
        { name: 'user', description: 'user' },
        { name: 'password', description: 'password', hidden: true },
      ],
    }),
  }
  providers.registerProvider(provider as unknown as EnvironProvider, 'a')
  return new CloudFinder(providers, { clouds, credentials })
}

const password = async (name: string): Promise<string | undefined> => {
  const stored = (await credentials.get('home')).credentials[name]
  return stored && credentialText(stored, 'password')
}

describe('importing clouds that are detected', () => {
  it('keeps them with their credentials and region, and again changes nothing', async () => {
    const home = cloud('home', 'https://home')
    const importing = () => finder([home], { me: credential('0123') }).import()
    expect(await importing()).toEqual([
      { cloud: 'home', outcome: 'added' },
      { cloud: 'home', credential: 'me', outcome: 'added' },
    ])
    expect(await clouds.get('home')).toEqual(home)
    expect(await credentials.get('home')).toMatchObject({ defaultRegion: 'one' })
    expect(await password('me')).toBe('0123')
    expect((await importing()).map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged'])
  })

  it('gives none of the credentials to another cloud of that name', async () => {
    await clouds.add(cloud('home', 'https://elsewhere'))
    expect(await finder([cloud('home', 'https://home')], { me: credential('x') }).import()).toEqual([
      { cloud: 'home', outcome: 'refused', reason: 'cloud "home" already exists' },
    ])
    expect((await clouds.get('home')).endpoint).toBe('https://elsewhere')
    expect(await credentials.clouds()).toEqual([])
  })

  it('replaces no credential, and no default region', async () => {
    await clouds.add(cloud('home', 'https://home'))
    await credentials.add('home', 'me', credential('mine'))
    await credentials.setDefaults('home', { region: 'two' })
    const found = {
      me: credential('theirs'),
      you: credential('yours'),
      bad: { authType: 'token', attributes: {} },
    }
    const imported = await finder([cloud('home', 'https://home')], found).import(['home'])
    expect(imported.map(({ credential: name, outcome }) => [name, outcome])).toEqual([
      [undefined, 'unchanged'],
      ['me', 'refused'],
      ['you', 'added'],
      ['bad', 'refused'],
    ])
    expect(imported[1]?.reason).toBe('credential "me" of cloud "home" already exists')
    expect([await password('me'), await password('you')]).toEqual(['mine', 'yours'])
    expect((await credentials.get('home')).defaultRegion).toBe('two')
  })

  it('tells of a name that cannot be one, and takes the others', async () => {
    const both = [cloud('my home', 'https://a'), cloud('away', 'https://b')]
    expect((await finder(both, {}).import()).map(({ outcome }) => outcome)).toEqual(['refused', 'added'])
  })

  it('of some names takes these only, and knows them all', async () => {
    const both = finder([cloud('home', 'https://a'), cloud('away', 'https://b')], {})
    expect(await both.import(['away'])).toEqual([{ cloud: 'away', outcome: 'added' }])
    const importing = both.import(['home', 'awya'])
    await expect(importing).rejects.toBeInstanceOf(NotFoundError)
    await expect(importing).rejects.toThrow('no cloud "awya" is found; did you mean "away"?')
    expect((await clouds.all()).map(({ name }) => name)).toEqual(['away'])
  })
})
