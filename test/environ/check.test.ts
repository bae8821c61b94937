import {
  checkProviderAPI,
  EnvironsError,
  findError,
  getEnviron,
  NoInstancesError,
  newModelConfig,
  PartialInstancesError,
  UnauthorizedError,
} from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'
import { fakeEnviron } from './fakes.ts'

const failing = (error: unknown) => fakeEnviron({ allInstances: () => Promise.reject(error) })

describe('checking the API of a provider', () => {
  it('succeeds when it answers', async () => {
    await expect(checkProviderAPI(fakeEnviron({ allInstances: async () => [] }))).resolves.toBeUndefined()
  })

  test.each([
    new NoInstancesError(),
    new PartialInstancesError([undefined]),
    new Error('listing failed', { cause: new NoInstancesError() }),
  ])('takes "%s" for an answer', async (error) => {
    await expect(checkProviderAPI(failing(error))).resolves.toBeUndefined()
  })

  it('says that it cannot be called, and keeps the real error', async () => {
    const real = new UnauthorizedError('the password was refused')
    const checking = checkProviderAPI(failing(real))
    await expect(checking).rejects.toBeInstanceOf(EnvironsError)
    await expect(checking).rejects.toThrow(
      'cannot make an API call to the provider: the password was refused',
    )
    const error: unknown = await checking.catch((e: unknown) => e)
    expect(findError(error, UnauthorizedError)).toBe(real)
  })

  it("ends with the signal's reason", async () => {
    const reason = new Error('enough')
    const checking = checkProviderAPI(failing(new Error('aborted')), { signal: AbortSignal.abort(reason) })
    await expect(checking).rejects.toBe(reason)
  })
})

describe('getting the environ of a model', () => {
  it('reads its configuration, then its cloud, and opens it', async () => {
    const config = await newModelConfig({
      name: 'm',
      type: 'memory',
      uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10',
    })
    const cloud = { type: 'memory', name: 'home' }
    const opened = fakeEnviron({})
    const calls: unknown[] = []
    const { signal } = new AbortController()
    const environ = await getEnviron(
      {
        modelConfig: async (options) => (calls.push(['config', options]), config),
        cloudSpec: async (uuid, options) => (calls.push(['cloud', uuid, options]), cloud),
      },
      async (params, options) => (calls.push(['open', params, options]), opened),
      { signal },
    )
    expect(environ).toBe(opened)
    expect(calls).toEqual([
      ['config', { signal }],
      ['cloud', config.uuid, { signal }],
      ['open', { cloud, config }, { signal }],
    ])
  })

  test.each([
    ['modelConfig', 'cannot read the configuration: refused'],
    ['cloudSpec', 'cannot read the cloud: refused'],
    ['newEnviron', 'cannot open the environ: refused'],
  ])('names the step %s when it fails, keeps its error, and goes no further', async (step, message) => {
    const refused = new UnauthorizedError('refused', { hint: 'log in' })
    const calls: string[] = []
    const answer = async (name: string) => {
      calls.push(name)
      if (name === step) throw refused
      return { uuid: 'model' } as never
    }
    const getter = { modelConfig: () => answer('modelConfig'), cloudSpec: () => answer('cloudSpec') }
    const error: unknown = await getEnviron(getter, () => answer('newEnviron')).catch((e: unknown) => e)
    expect(error).toMatchObject({ message, hint: 'log in' })
    expect(findError(error, UnauthorizedError)).toBe(refused)
    expect(calls.at(-1)).toBe(step)
  })

  it("ends with the signal's reason", async () => {
    const reason = new Error('enough')
    const getter = { modelConfig: () => Promise.reject(reason), cloudSpec: () => expect.unreachable() }
    const getting = getEnviron(getter, () => expect.unreachable(), { signal: AbortSignal.abort(reason) })
    await expect(getting).rejects.toBe(reason)
  })
})
