import { NotValidError, TAG_CONTROLLER, TAG_MACHINE, TAG_MODEL, TAG_SERVER } from 'cloud-environs/provider'
import type { Network, SecurityGroup } from './api/index.ts'
import { NETWORK, USE_DEFAULT_SECGROUP } from './config.ts'
import { groupNames } from './names.ts'
import { listed, projectNetworks } from './networks.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'

/** Whose machine it is. */
export interface MachineOwner {
  readonly controllerUuid: string
  readonly modelUuid: string
  readonly machineId: string
}

/** What stands for the machine's id in the mark of a hosted server, which no machine is called. */
export const hostedId = (serverId: string): string => `server-${serverId}`

/** The owner that a server's tags tell of. */
export function ownerOf(tags: Readonly<Record<string, string>>): MachineOwner | undefined {
  const { [TAG_CONTROLLER]: controllerUuid, [TAG_MODEL]: modelUuid, [TAG_SERVER]: serverId } = tags
  const machineId = serverId === undefined ? tags[TAG_MACHINE] : hostedId(serverId)
  if (controllerUuid === undefined || modelUuid === undefined || machineId === undefined) return undefined
  return { controllerUuid, modelUuid, machineId }
}

/** What everything that is made for a machine is marked with: the name of its security group. */
export const markOf = ({ controllerUuid, modelUuid, machineId }: MachineOwner): string =>
  groupNames.machine(controllerUuid, modelUuid, machineId)

/**
 * Whether machines on these networks are in security groups. Ports of a network without port security take none, and
 * Nova refuses a server that would need both. @throws NotValidError when a group was asked for all the same
 */
export async function takeGroups(
  scope: Scope,
  networks: readonly Network[],
  signal?: AbortSignal,
): Promise<boolean> {
  const open = networks.filter(({ portSecurityEnabled }) => !portSecurityEnabled)
  if (open.length === 0) return true
  if (scope.config().attrs[USE_DEFAULT_SECGROUP] !== true) return false
  const secured = (await projectNetworks(scope, signal)).filter(
    ({ external, portSecurityEnabled }) => !external && portSecurityEnabled,
  )
  throw new NotValidError(
    `machines cannot be in the group "default": port security is off on ${open.map(({ name }) => `network "${name}"`).join(' and ')}`,
    {
      resource: `network "${open[0]?.name}"`,
      hint: `set "${USE_DEFAULT_SECGROUP}" to false, or "${NETWORK}" to some of: ${listed(secured)}`,
    },
  )
}

/** Makes sure that the security groups of a machine exist, and gives their ids. */
export async function ensureMachineGroups(
  scope: Scope,
  groups: SecurityGroups,
  owner: MachineOwner,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { controllerUuid, modelUuid } = owner
  const { firewallMode, attrs } = scope.config()
  const second = (): Promise<SecurityGroup> | undefined => {
    if (firewallMode === 'instance') return groups.ensureOwn(markOf(owner), signal)
    if (firewallMode === 'global')
      return groups.ensureShared(groupNames.global(controllerUuid, modelUuid), signal)
    return undefined
  }
  const found = await Promise.all([
    groups.ensureModelGroup(groupNames.model(controllerUuid, modelUuid), signal),
    second(),
    attrs[USE_DEFAULT_SECGROUP] === true ? groups.find('default', signal) : undefined,
  ])
  return found.flatMap((group) => (group ? [group.id] : []))
}
