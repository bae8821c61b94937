import {
  findError,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  PartialInstancesError,
} from '../../environ/index.ts'
import type { Environ, Instance } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { type AsJobOptions, jobOptions } from '../handed-in.ts'
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

/** The controller itself goes last, with all that it has: `environs destroy`. */
const isTheController = (id: string, name: string): NotValidError =>
  new NotValidError(`instance ${id} is the controller itself`, { hint: `use "environs destroy ${name}"` })

/** Options of `environs stop`. */
export interface StopOptions extends ControllerOption, AsJobOptions {}

export async function stop(context: Context, ids: readonly string[], options: StopOptions): Promise<void> {
  const { output, signal } = context
  const how = jobOptions(options)
  if (how) {
    const { controllers } = await context.environs()
    const { name, instanceIds } = await controllers.get(await context.controllerName(options.controller))
    const own = ids.find((id) => instanceIds.includes(id))
    if (own !== undefined) throw isTheController(own, name)
    const { stopAsJob } = await import('./as-job.ts')
    await stopAsJob(context, { name, ids }, options, how)
    return
  }
  await context.withController(options.controller, async (environ, name) => {
    const own = (await instancesById(environ, ids, signal)).find(isController)
    if (own) throw isTheController(own.id, name)
    await (await context.environs()).stopInstances(name, environ, ids, { signal })
    output.result({ stopped: ids }, `Stopped ${ids.join(', ')}`)
  })
}
