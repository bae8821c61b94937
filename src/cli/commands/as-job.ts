/** What the commands that can be handed in as jobs do then. */

import type { BootstrapControllerParams } from '../../bootstrap/index.ts'
import type { JobOptions } from '../../jobs/index.ts'
import type { MachineParams } from '../../provisioner/index.ts'
import type { Context } from '../context.ts'
import { type AsJobOptions, handIn } from '../handed-in.ts'
import { table } from '../output.ts'
import type { ControllerOption } from './status.ts'

/** What the task of a machine gives. */
interface StartedByJob {
  readonly machine: string
  readonly instance: string
  readonly zone?: string
  readonly hardware?: string
}

export async function startAsJob(
  context: Context,
  machines: readonly MachineParams[],
  options: AsJobOptions & ControllerOption,
  how: JobOptions,
): Promise<void> {
  const name = await context.controllerName(options.controller)
  const { signal } = context
  await handIn(
    context,
    options,
    (jobs) => jobs.startMachines(name, machines, { ...how, signal }),
    ({ results }) => {
      const started = (results as unknown as readonly StartedByJob[]).map(
        ({ machine, instance: id, ...more }) => ({ machine, id, ...more }),
      )
      const rows = started.map(({ machine, id, zone = '', hardware = '' }) => [machine, id, zone, hardware])
      return [{ instances: started }, table([['MACHINE', 'INSTANCE', 'ZONE', 'HARDWARE'], ...rows])]
    },
  )
}

export async function stopAsJob(
  context: Context,
  { name, ids }: { readonly name: string; readonly ids: readonly string[] },
  options: AsJobOptions,
  how: JobOptions,
): Promise<void> {
  const { signal } = context
  await handIn(
    context,
    options,
    (jobs) => jobs.stopInstances(name, ids, { ...how, signal }),
    ({ results }) => {
      const stopped = (results as unknown as readonly { readonly instances: readonly string[] }[]).flatMap(
        ({ instances }) => instances,
      )
      return [{ stopped }, `Stopped ${stopped.join(', ')}`]
    },
  )
}

export async function destroyAsJob(
  context: Context,
  name: string,
  options: AsJobOptions,
  how: JobOptions,
): Promise<void> {
  const { signal } = context
  await handIn(
    context,
    options,
    (jobs) => jobs.destroyController(name, { ...how, signal }),
    () => [{ destroyed: name }, `Controller "${name}" is destroyed`],
  )
}

/** What the task of a bootstrap gives. */
interface BootstrappedByJob {
  readonly controller: string
  readonly uuid: string
  readonly instance: string
  readonly apiEndpoints: readonly string[]
}

export async function bootstrapAsJob(
  context: Context,
  params: BootstrapControllerParams,
  options: AsJobOptions,
  how: JobOptions,
): Promise<void> {
  const { signal } = context
  const { cloud, credentialName, agentBuilds: _, ...others } = params
  const named = {
    ...others,
    cloud: cloud.name,
    ...(cloud.region === undefined ? {} : { region: cloud.region }),
    ...(credentialName === undefined ? {} : { credential: credentialName }),
  }
  await handIn(
    context,
    options,
    (jobs) => jobs.bootstrap(named, { ...how, signal }),
    ({ results }) => {
      const [made] = results as unknown as readonly [BootstrappedByJob]
      const { controller, uuid, instance, apiEndpoints } = made
      return [
        { controller, uuid, instance, 'api-endpoints': apiEndpoints },
        `Controller "${controller}" is started on ${cloud.name}: instance ${instance}`,
      ]
    },
  )
}
