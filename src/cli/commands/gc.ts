import type { MachineResource } from '../../environ/index.ts'
import type { Orphan } from '../../provisioner/index.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'
import type { ControllerOption } from './status.ts'

/** Options of `environs gc`. */
export interface GcOptions extends ControllerOption {
  readonly dryRun?: boolean
}

const showOrphan = ({ instance, machineId = '', reason, certain }: Orphan) => ({
  machine: machineId,
  id: instance.id,
  name: instance.displayName,
  state: instance.status.state,
  reason,
  certain,
})

const showLeftover = ({ machineId: machine, kind, id, name }: MachineResource) => ({
  machine,
  kind,
  id,
  name,
})

export async function gc(context: Context, { controller, dryRun = false }: GcOptions): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ, name) => {
    const environs = await context.environs()
    const orphans = (await environs.findOrphans(name, environ, { signal })).map(showOrphan)
    const removable = orphans.filter(({ certain }) => certain)
    const kept = orphans.filter(({ certain }) => !certain)
    if (!dryRun && removable.length > 0) {
      output.say(`Removing ${removable.map(({ id, reason }) => `${id} (${reason})`).join(', ')}`)
      const ids = removable.map(({ id }) => id)
      await environs.stopInstances(name, environ, ids, { signal })
    }
    // Afterwards: what they had goes with the instances.
    const leftovers = dryRun
      ? await environs.findLeftovers(name, environ, { signal })
      : await environs.removeLeftovers(name, environ, { signal })
    if (kept.length > 0) {
      output.say(
        `Kept, as it may be in use: ${kept.map(({ id }) => id).join(', ')}; "environs stop" removes it`,
      )
    }
    const why = dryRun ? 'LEFT OVER BECAUSE' : 'REMOVED BECAUSE'
    const rows = [
      ...orphans.map(({ machine, id, name, state, reason, certain }) => [
        machine,
        id,
        name,
        state,
        certain || dryRun ? reason : `(kept) ${reason}`,
      ]),
      ...leftovers.map(({ machineId, kind, id, name }) => [
        machineId,
        id,
        name,
        kind,
        `machine ${machineId} has no instance`,
      ]),
    ]
    output.result(
      { 'dry-run': dryRun, orphans, leftovers: leftovers.map(showLeftover) },
      rows.length === 0 ? 'Nothing is left over.' : table([['MACHINE', 'ID', 'NAME', 'IS', why], ...rows]),
    )
  })
}
