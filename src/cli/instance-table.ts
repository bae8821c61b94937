import { type Instance, TAG_IS_CONTROLLER, TAG_MACHINE } from '../environ/index.ts'
import { table } from './output.ts'

/** An instance as the command tells of it. */
export interface ShownInstance {
  readonly machine: string
  readonly id: string
  readonly name: string
  readonly state: string
  readonly message: string
  readonly zone: string
  readonly controller: boolean
  readonly addresses: readonly string[]
}

async function show(instance: Instance, signal: AbortSignal): Promise<ShownInstance> {
  const { id, displayName, status, availabilityZone = '', tags } = instance
  return {
    machine: tags[TAG_MACHINE] ?? '',
    id,
    name: displayName,
    state: status.state,
    message: status.message,
    zone: availabilityZone,
    controller: tags[TAG_IS_CONTROLLER] === 'true',
    addresses: (await instance.addresses({ signal })).map(({ value }) => value),
  }
}

/** Instances in the order of their machines. */
export async function showInstances(
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<readonly ShownInstance[]> {
  const shown = await Promise.all(instances.map((instance) => show(instance, signal)))
  return shown.sort((a, b) => Number(a.machine) - Number(b.machine))
}

/** A table of them. */
export function instanceTable(instances: readonly ShownInstance[]): string {
  if (instances.length === 0) return 'No instances.'
  return table([
    ['MACHINE', 'INSTANCE', 'NAME', 'STATE', 'ZONE', 'ADDRESSES'],
    ...instances.map(({ machine, id, name, state, zone, controller, addresses }) => [
      controller ? `${machine}*` : machine,
      id,
      name,
      state,
      zone,
      addresses.join(' '),
    ]),
  ])
}

/** Whether an instance is the controller itself. */
export const isController = ({ tags }: Instance): boolean => tags[TAG_IS_CONTROLLER] === 'true'
