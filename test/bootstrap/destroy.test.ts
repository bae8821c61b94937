import { type ControllerDetails, destroy, UnavailableError } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { fakeEnviron } from '../environ/fakes.ts'
import { controllerDetails } from './controller-details.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'

async function storeOf(...controllers: ControllerDetails[]): Promise<MemoryControllerStore> {
  const store = new MemoryControllerStore()
  for (const details of controllers) await store.add(details)
  return store
}

describe('destroying a controller', () => {
  it('removes it from the cloud, then from the store', async () => {
    const main = controllerDetails('main')
    const store = await storeOf(main, controllerDetails('other'))
    const { signal } = new AbortController()
    const destroyed: unknown[] = []
    const environ = fakeEnviron({
      destroyController: async (...args: unknown[]) => {
        destroyed.push(...args)
        expect(await store.get('main')).toBe(main)
      },
    })
    await destroy('main', environ, store, { signal })
    expect(destroyed).toEqual([main.uuid, { signal }])
    expect((await store.all()).map(({ name }) => name)).toEqual(['other'])
  })

  it('keeps what is known of it when the cloud fails, so that it can be tried again', async () => {
    const store = await storeOf(controllerDetails('main'))
    const down = new UnavailableError('down')
    const environ = fakeEnviron({ destroyController: () => Promise.reject(down) })
    await expect(destroy('main', environ, store)).rejects.toBe(down)
    expect(await store.all()).toHaveLength(1)
  })

  it('destroys nothing when the store does not know it: then there is nothing to do', async () => {
    const store = await storeOf(controllerDetails('main'))
    const environ = fakeEnviron({ destroyController: () => expect.fail('something was destroyed') })
    await destroy('mian', environ, store)
    expect(await store.all()).toHaveLength(1)
  })

  it('destroys nothing when the store cannot be read', async () => {
    const store = await storeOf(controllerDetails('main'))
    const broken = new UnavailableError('the disk is gone')
    store.get = () => Promise.reject(broken)
    const environ = fakeEnviron({ destroyController: () => expect.fail('something was destroyed') })
    await expect(destroy('main', environ, store)).rejects.toBe(broken)
  })

  it('succeeds when somebody else forgot it meanwhile', async () => {
    const store = await storeOf(controllerDetails('main'))
    const environ = fakeEnviron({ destroyController: () => store.remove('main') })
    await destroy('main', environ, store)
    expect(await store.all()).toEqual([])
  })
})
