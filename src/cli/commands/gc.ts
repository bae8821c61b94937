import type { Orphan } from '../../provisioner/index.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'
import type { ControllerOption } from './status.ts'

/** Options of `environs gc`. */
export interface GcOptions extends ControllerOption {
  readonly dryRun?: boolean
}

const show = ({ instance, machineId = '', reason }: Orphan) => ({
  machine: machineId,
  id: instance.id,
  name: instance.displayName,
  state: instance.status.state,
  reason,
})

export async function gc(context: Context, { controller, dryRun = false }: GcOptions): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ, name) => {
    const environs = await context.environs()
    const orphans = (await environs.findOrphans(name, environ, { signal })).map(show)
    if (!dryRun && orphans.length > 0) {
      output.say(`Removing ${orphans.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`)
      const ids = orphans.map(({ id }) => id)
      await environs.stopInstances(name, environ, ids, { signal })
    }
    output.result(
      { 'dry-run': dryRun, orphans },
      orphans.length === 0
        ? 'Nothing is left over.'
        : table([
            ['MACHINE', 'INSTANCE', 'NAME', 'STATE', dryRun ? 'LEFT OVER BECAUSE' : 'REMOVED BECAUSE'],
            ...orphans.map((orphan) => Object.values(orphan)),
          ]),
    )
  })
}
