import { TAG_CONTROLLER, TAG_MACHINE, TAG_MODEL } from 'cloud-environs/provider'
import { USE_DEFAULT_SECGROUP } from './config.ts'
import { groupNames } from './names.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'

/** Whose machine it is. */
export interface MachineOwner {
  readonly controllerUuid: string
  readonly modelUuid: string
  readonly machineId: string
}

/** The owner that a server's tags tell of. */
export function ownerOf(tags: Readonly<Record<string, string>>): MachineOwner | undefined {
  const { [TAG_CONTROLLER]: controllerUuid, [TAG_MODEL]: modelUuid, [TAG_MACHINE]: machineId } = tags
  if (controllerUuid === undefined || modelUuid === undefined || machineId === undefined) return undefined
  return { controllerUuid, modelUuid, machineId }
}

/** What everything that is made for a machine is marked with: the name of its security group. */
export const markOf = ({ controllerUuid, modelUuid, machineId }: MachineOwner): string =>
  groupNames.machine(controllerUuid, modelUuid, machineId)

/** Makes sure that the security groups of a machine exist, and gives their ids. */
export async function ensureMachineGroups(
  scope: Scope,
  groups: SecurityGroups,
  owner: MachineOwner,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { controllerUuid, modelUuid } = owner
  const { firewallMode, attrs } = scope.config()
  const own = {
    instance: markOf(owner),
    global: groupNames.global(controllerUuid, modelUuid),
    none: undefined,
  }[firewallMode]
  const [model, second, standard] = await Promise.all([
    groups.ensureModelGroup(groupNames.model(controllerUuid, modelUuid), signal),
    own === undefined ? undefined : groups.ensure(own, signal),
    attrs[USE_DEFAULT_SECGROUP] === true ? groups.find('default', signal) : undefined,
  ])
  return [model, second, standard].flatMap((group) => (group ? [group.id] : []))
}
