import type { Environ } from '../environ/environ.ts'
import { findError, NotFoundError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ControllerStore } from './controller-store.ts'

/**
 * Destroys a controller, all of its models, and then what the store knows of it (Juju: `Destroy`). When something
 * cannot be removed the store keeps the controller, so that it can be tried again. A controller that the store does not
 * have counts as destroyed: nothing is, then.
 */
export async function destroy(
  controllerName: string,
  environ: Environ,
  store: ControllerStore,
  options?: CallOptions,
): Promise<void> {
  const uuid = await uuidOf(controllerName, store)
  if (uuid === undefined) return
  await environ.destroyController(uuid, options)
  await store.remove(controllerName)
}

async function uuidOf(controllerName: string, store: ControllerStore): Promise<string | undefined> {
  try {
    return (await store.get(controllerName)).uuid
  } catch (error) {
    if (findError(error, NotFoundError)) return undefined
    throw error
  }
}
