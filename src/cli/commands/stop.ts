import {
  findError,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  PartialInstancesError,
} from '../../environ/index.ts'
import type { Environ, Instance } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { isController } from '../instance-table.ts'
import type { ControllerOption } from './status.ts'

/** The instances with these ids. @throws NotFoundError naming those that do not exist */
export async function instancesById(
  environ: Environ,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  try {
    return await environ.instances(ids, { signal })
  } catch (error) {
    const found = findError(error, PartialInstancesError)?.instances
    if (!found && !findError(error, NoInstancesError)) throw error
    const missing = ids.filter((_, index) => found?.[index] === undefined)
    throw new NotFoundError(`no instance ${missing.join(', ')} in this model`, {
      cause: error,
      hint: 'list them with "environs instances"',
    })
  }
}

export async function stop(
  context: Context,
  ids: readonly string[],
  { controller }: ControllerOption,
): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ, name) => {
    const own = (await instancesById(environ, ids, signal)).find(isController)
    if (own) {
      throw new NotValidError(`instance ${own.id} is the controller itself`, {
        hint: `use "environs destroy ${name}"`,
      })
    }
    await (await context.environs()).stopInstances(name, environ, ids, { signal })
    output.result({ stopped: ids }, `Stopped ${ids.join(', ')}`)
  })
}
