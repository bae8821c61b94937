import {
  type Cloud,
  type CloudCredential,
  type CloudStore,
  type Credential,
  type CredentialStore,
  type EnvironProvider,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  Secret,
  UnauthorizedError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { CloudFinder } from '../../src/cloud/finder.ts'
import { Providers } from '../../src/runtime/provider-registry.ts'

const cloud = (name: string, type: string, over: Partial<Cloud> = {}): Cloud => ({
  name,
  type,
  authTypes: ['userpass'],
  regions: [{ name: 'one' }, { name: 'two', endpoint: 'https://two' }],
  ...over,
})

const credential = (user: string): Credential => ({
  authType: 'userpass',
  attributes: { user, password: new Secret('x') },
})

interface FakeProvider {
  readonly clouds?: readonly Cloud[]
  readonly credentials?: CloudCredential
  readonly defaultCloud?: string
  /** Members that replace the ones made from the above. */
  readonly over?: object
}

/** What a user added: clouds, and credentials by cloud. */
interface Added {
  readonly clouds?: readonly Cloud[]
  readonly credentials?: Readonly<Record<string, CloudCredential>>
}

function personalStores({ clouds = [], credentials = {} }: Added) {
  const get = async (name: string): Promise<Cloud> => {
    const found = clouds.find((each) => each.name === name)
    if (!found) throw new NotFoundError(`no cloud ${name}`)
    return found
  }
  return {
    clouds: { all: async () => clouds, get } as unknown as CloudStore,
    credentials: {
      get: async (name: string) => credentials[name] ?? { credentials: {} },
    } as unknown as CredentialStore,
  }
}

/** A finder over providers that are described by what they would detect. */
function finder(fakes: Readonly<Record<string, FakeProvider>>, added: Added = {}): CloudFinder {
  const providers = new Providers()
  for (const [type, { clouds, credentials, defaultCloud, over }] of Object.entries(fakes)) {
    const provider = {
      detectCredentials: async () => credentials ?? { credentials: { only: credential('demo') } },
      finalizeCredential: async (_: unknown, { credential: found }: { credential: Credential }) => found,
      ...(clouds
        ? {
            detectClouds: async () => clouds,
            detectCloud: async (name: string) => {
              const found = clouds.find((each) => each.name === name)
              if (!found) throw new NotFoundError(`no cloud ${name}`)
              return found
            },
          }
        : {}),
      ...(defaultCloud ? { defaultCloudName: async () => defaultCloud } : {}),
      ...over,
    }
    providers.registerProvider(provider as unknown as EnvironProvider, type)
  }
  return new CloudFinder(providers, personalStores(added))
}

describe('listing clouds', () => {
  it('asks every provider that detects clouds, and sorts what they find', async () => {
    const found = finder({
      a: { clouds: [cloud('zeta', 'a'), cloud('beta', 'a')] },
      b: { clouds: [cloud('alpha', 'b')] },
      c: {},
    })
    expect((await found.list()).map(({ name }) => name)).toEqual(['alpha', 'beta', 'zeta'])
  })

  it('hands the signal on', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const over = { detectClouds: async (options: unknown) => (seen.push(options), []) }
    await finder({ a: { clouds: [], over } }).list({ signal })
    expect(seen).toEqual([{ signal }])
  })
})

describe('choosing a cloud', () => {
  it('takes the only one when none is named', async () => {
    const found = await finder({ a: { clouds: [cloud('home', 'a', { config: { network: 'n' } })] } }).find()
    expect(found).toMatchObject({
      spec: { name: 'home', type: 'a', region: 'one' },
      credentialName: 'only',
      config: { network: 'n' },
    })
  })

  it('takes the one that is named, in the region that is named', async () => {
    const clouds = [cloud('home', 'a'), cloud('work', 'a')]
    const { spec } = await finder({ a: { clouds } }).find({ cloud: 'work', region: 'TWO' })
    expect(spec).toMatchObject({ name: 'work', region: 'two', endpoint: 'https://two' })
  })

  it('takes the one that is named, whatever is wrong with others', async () => {
    const over = {
      detectClouds: () => Promise.reject(new NotValidError('a broken file')),
      detectCloud: () => Promise.reject(new NotValidError('a broken file')),
    }
    const both = finder({ a: { clouds: [cloud('home', 'a')] }, b: { clouds: [], over } })
    expect((await both.find({ cloud: 'home' })).spec.name).toBe('home')
    await expect(both.find({ cloud: 'away' })).rejects.toThrow('a broken file')
  })

  it('takes the one that the environment chooses, unless another is named', async () => {
    const clouds = [cloud('home', 'a'), cloud('work', 'a')]
    const both = finder({ a: { clouds, defaultCloud: 'work' } })
    expect((await both.find()).spec.name).toBe('work')
    expect((await both.find({ cloud: 'home' })).spec.name).toBe('home')
  })

  it('says which there are when one has to be chosen', async () => {
    const finding = finder({
      a: { clouds: [cloud('work', 'a')] },
      b: { clouds: [cloud('home', 'b')] },
    }).find()
    await expect(finding).rejects.toBeInstanceOf(NotValidError)
    await expect(finding).rejects.toMatchObject({ hint: 'choose one of: home, work' })
  })

  it('says which there are when there is none of that name', async () => {
    const clouds = [cloud('home', 'a'), cloud('work', 'a')]
    const finding = finder({ a: { clouds } }).find({ cloud: 'hmoe' })
    await expect(finding).rejects.toBeInstanceOf(NotFoundError)
    await expect(finding).rejects.toMatchObject({
      message: 'cloud "hmoe" not found; did you mean "home"?',
      hint: 'the clouds found are: home, work',
    })
  })

  it('says so when the cloud that the environment chooses does not exist', async () => {
    const finding = finder({ a: { clouds: [cloud('home', 'a')], defaultCloud: 'gone' } }).find()
    await expect(finding).rejects.toThrow('cloud "gone" not found')
  })

  it('says so when there is no cloud at all', async () => {
    const finding = finder({ a: { clouds: [] } }).find()
    await expect(finding).rejects.toBeInstanceOf(NotFoundError)
    await expect(finding).rejects.toThrow('no cloud found')
  })

  it('refuses to guess between two providers that know the name', async () => {
    const finding = finder({ a: { clouds: [cloud('home', 'a')] }, b: { clouds: [cloud('home', 'b')] } }).find(
      {
        cloud: 'home',
      },
    )
    await expect(finding).rejects.toBeInstanceOf(NotValidError)
    await expect(finding).rejects.toThrow('cloud "home" is known to several providers: a, b')
  })

  it('lists the regions when there is none of that name', async () => {
    const finding = finder({ a: { clouds: [cloud('home', 'a')] } }).find({ region: 'three' })
    await expect(finding).rejects.toMatchObject({ code: 'NOT_FOUND', hint: 'choose one of: one, two' })
  })

  it('passes on what a detector throws', async () => {
    const broken = new NotValidError('clouds.yaml, line 3: bad indentation')
    const over = { detectClouds: () => Promise.reject(broken) }
    await expect(finder({ a: { clouds: [], over } }).find({ cloud: 'home' })).rejects.toBe(broken)
  })
})

describe('choosing a credential', () => {
  const clouds = [cloud('home', 'a')]
  const two = { admin: credential('admin'), demo: credential('demo') }

  it('takes the one that is named, else the default one', async () => {
    const found = finder({ a: { clouds, credentials: { defaultCredential: 'demo', credentials: two } } })
    expect(await found.find()).toMatchObject({ credentialName: 'demo', spec: { credential: two.demo } })
    expect(await found.find({ credential: 'admin' })).toMatchObject({
      credentialName: 'admin',
      spec: { credential: two.admin },
    })
  })

  it('says which there are when one has to be chosen, or when there is none of that name', async () => {
    const found = finder({ a: { clouds, credentials: { credentials: two } } })
    await expect(found.find()).rejects.toMatchObject({
      code: 'NOT_VALID',
      hint: 'choose one of: admin, demo',
    })
    await expect(found.find({ credential: 'root' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'credential "root" of cloud "home" not found',
      hint: 'the credentials found are: admin, demo',
    })
  })

  it("uses the credential's default region, unless a region is named", async () => {
    const credentials = { defaultRegion: 'two', credentials: { only: credential('demo') } }
    const found = finder({ a: { clouds, credentials } })
    expect((await found.find()).spec.region).toBe('two')
    expect((await found.find({ region: 'one' })).spec.region).toBe('one')
  })

  it('gives the credential as the provider finalises it, with the endpoints of the region', async () => {
    const seen: unknown[] = []
    const final = credential('final')
    const over = {
      finalizeCredential: async (_: unknown, params: unknown) => {
        seen.push(params)
        return final
      },
    }
    const { spec } = await finder({ a: { clouds, over } }).find({ region: 'two' })
    expect(spec.credential).toBe(final)
    expect(seen).toMatchObject([{ cloudName: 'home', cloudEndpoint: 'https://two' }])
  })

  it('says so when the provider finds none', async () => {
    const none = new NotFoundError('no credentials', { hint: 'set OS_PASSWORD' })
    const refused = finder({ a: { clouds, over: { detectCredentials: () => Promise.reject(none) } } }).find()
    await expect(refused).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no credential found for cloud "home"',
      hint: 'set OS_PASSWORD',
      cause: none,
    })
    const empty = finder({ a: { clouds, credentials: { credentials: {} } } }).find()
    await expect(empty).rejects.toThrow('no credential found for cloud "home"')
  })

  it.each([
    new UnauthorizedError('refused'),
    new TypeError('a defect'),
    new DOMException('stop', 'AbortError'),
  ])('passes on what detecting throws: %s', async (error) => {
    const found = finder({ a: { clouds, over: { detectCredentials: () => Promise.reject(error) } } })
    await expect(found.find()).rejects.toBe(error)
  })
})

describe('what the user added', () => {
  const schemas = {
    credentialSchemas: () => ({
      userpass: [
        { name: 'user', description: 'user' },
        { name: 'password', description: 'password', hidden: true },
      ],
      other: [],
    }),
  }
  const noneDetected = { detectCredentials: () => Promise.reject(new NotFoundError('none')) }
  const home = cloud('home', 'a')
  /** As a store gives it: only the schema tells what may be shown. */
  const stored = (user: string): Credential => ({
    authType: 'userpass',
    attributes: { user: new Secret(user), password: new Secret('x') },
  })
  const over = { ...schemas, ...noneDetected }

  it('is listed with what is detected, and hides a cloud of the same name', async () => {
    const found = finder(
      { a: { clouds: [home, cloud('work', 'a')] } },
      { clouds: [cloud('home', 'a', { description: 'mine' }), cloud('away', 'a')] },
    )
    expect((await found.list()).map(({ name, description }) => [name, description])).toEqual([
      ['away', undefined],
      ['home', 'mine'],
      ['work', undefined],
    ])
    expect((await found.find({ cloud: 'home' })).spec.name).toBe('home')
  })

  it('is finalised by the schema: hidden attributes are secrets, the others texts', async () => {
    const { spec } = await finder(
      { a: { over } },
      { clouds: [home], credentials: { home: { credentials: { me: stored('demo') } } } },
    ).find()
    expect(spec.credential?.attributes['user']).toBe('demo')
    expect(spec.credential?.attributes['password']).toBeInstanceOf(Secret)
  })

  it('has its own default credential and region', async () => {
    const credentials = {
      home: {
        defaultCredential: 'b',
        defaultRegion: 'two',
        credentials: { a: stored('a'), b: stored('b') },
      },
    }
    const found = finder({ a: { over } }, { clouds: [home], credentials })
    expect(await found.find()).toMatchObject({ credentialName: 'b', spec: { region: 'two' } })
    expect(await found.find({ credential: 'a', region: 'one' })).toMatchObject({
      credentialName: 'a',
      spec: { region: 'one' },
    })
  })

  it('has to be chosen from when there are several credentials and no default', async () => {
    const credentials = { home: { credentials: { b: stored('b'), a: stored('a') } } }
    const finding = finder({ a: { over } }, { clouds: [home], credentials }).find()
    await expect(finding).rejects.toBeInstanceOf(NotValidError)
    await expect(finding).rejects.toMatchObject({ hint: 'choose one of: a, b' })
  })

  it('goes before what is detected, which is there for those who name it', async () => {
    const both = finder(
      { a: { clouds: [home], over: schemas, credentials: { credentials: { env: credential('env') } } } },
      { credentials: { home: { credentials: { mine: stored('me') } } } },
    )
    expect((await both.find()).credentialName).toBe('mine')
    expect((await both.find({ credential: 'env' })).credentialName).toBe('env')
    const finding = both.find({ credential: 'mien' })
    await expect(finding).rejects.toMatchObject({
      message: 'credential "mien" of cloud "home" not found; did you mean "mine"?',
      hint: 'the credentials found are: env, mine',
    })
  })

  it('says which credentials there are when none is detected either', async () => {
    const credentials = { home: { credentials: { mine: stored('me') } } }
    const finding = finder({ a: { over } }, { clouds: [home], credentials }).find({ credential: 'root' })
    await expect(finding).rejects.toBeInstanceOf(NotFoundError)
    await expect(finding).rejects.toMatchObject({ hint: 'the credentials found are: mine' })
  })

  it('needs a credential, and is given one by the user alone', async () => {
    const finding = finder({ a: { over } }, { clouds: [home] }).find()
    await expect(finding).rejects.toBeInstanceOf(NotFoundError)
    await expect(finding).rejects.toMatchObject({ hint: 'add one: "environs add-credential home"' })
  })

  it('must be of an auth type that the cloud takes', async () => {
    const credentials = { home: { credentials: { mine: { authType: 'other', attributes: {} } } } }
    const finding = finder({ a: { over } }, { clouds: [home], credentials }).find()
    await expect(finding).rejects.toBeInstanceOf(NotSupportedError)
    await expect(finding).rejects.toMatchObject({ hint: 'its auth types are: userpass' })
  })

  it('must be of a type that there is a provider for', async () => {
    const finding = finder({ a: {} }, { clouds: [cloud('home', 'ovirt')] }).find({ cloud: 'home' })
    await expect(finding).rejects.toBeInstanceOf(NotFoundError)
    await expect(finding).rejects.toThrow('no registered provider for "ovirt"')
  })

  it("has default configuration, a region's over the cloud's", async () => {
    const configured = cloud('home', 'a', {
      config: { network: 'n', 'apt-mirror': 'm' },
      regionConfig: { Two: { network: 'second' } },
    })
    const found = finder({ a: { clouds: [configured] } })
    expect((await found.find({ region: 'two' })).config).toEqual({ network: 'second', 'apt-mirror': 'm' })
    expect((await found.find({ region: 'one' })).config).toEqual({ network: 'n', 'apt-mirror': 'm' })
  })
})
