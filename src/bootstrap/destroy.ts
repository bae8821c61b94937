import type { Environ } from '../environ/environ.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ControllerStore } from './controller-store.ts'

/**
 * Destroys a controller, all of its models, and then what the store knows of it (Juju: `Destroy`). When something
 * cannot be removed the store keeps the controller, so that it can be tried again.
 * @throws NotFoundError when the store has no such controller; nothing was destroyed then
 */
export async function destroy(
  controllerName: string,
  environ: Environ,
  store: ControllerStore,
  options?: CallOptions,
): Promise<void> {
  const { uuid } = await store.get(controllerName)
  await environ.destroyController(uuid, options)
  await store.remove(controllerName)
}
