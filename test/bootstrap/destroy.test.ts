import { type ControllerDetails, destroy, NotFoundError, UnavailableError } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { fakeEnviron } from '../environ/fakes.ts'
import { controllerDetails } from './controller-details.ts'
import { MemoryControllerStore } from './memory-controller-store.ts'

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

  it('destroys nothing when the store does not know it', async () => {
    const environ = fakeEnviron({ destroyController: () => expect.fail('something was destroyed') })
    await expect(destroy('mian', environ, await storeOf(controllerDetails('main')))).rejects.toBeInstanceOf(
      NotFoundError,
    )
  })
})
