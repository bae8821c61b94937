import type { ControllerDetails, ControllerStore } from '../bootstrap/index.ts'
import { findError, NotFoundError } from '../environ/index.ts'
import type { Job } from '../provisioner/index.ts'

/** What the store knows of a controller, if it does. */
export async function knownController(
  store: ControllerStore,
  name: string,
): Promise<ControllerDetails | undefined> {
  try {
    return await store.get(name)
  } catch (error) {
    if (findError(error, NotFoundError)) return undefined
    throw error
  }
}

/** @throws NotFoundError when the controller of a job is gone; another one may have its name */
export async function checkController(
  store: ControllerStore,
  { controller, model }: Pick<Job, 'controller' | 'model'>,
): Promise<void> {
  const known = await knownController(store, controller)
  if (known?.modelConfig.uuid === model) return
  const resource = `controller "${controller}"`
  const hint = 'it was destroyed, with all of its machines'
  throw new NotFoundError(`${resource} is gone`, { resource, hint })
}
