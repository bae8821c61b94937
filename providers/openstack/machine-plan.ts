/** What a machine will be made of: chosen, and checked, before anything is made. */

import type { InstanceSpec, StartInstanceParams } from 'cloud-environs/provider'
import type { Network } from './api/index.ts'
import { chooseInstanceSpec, type MachineWish } from './instance-spec.ts'
import { takeGroups } from './machine-groups.ts'
import { type ChosenSubnet, chooseSubnet } from './machine-ports.ts'
import { modelNetworks } from './networks.ts'
import { type WayOut, wayOut } from './public-addresses.ts'
import { checkQuota, projectLimits } from './quota.ts'
import { bootsFromVolume, bootVolumeGib } from './root-disk.ts'
import type { Scope } from './scope.ts'
import { machineZone, type ZoneDemands } from './volume-zones.ts'

/** All that is asked of a machine. */
export type MachineDemands = MachineWish & ZoneDemands & Pick<StartInstanceParams, 'subnetsToZones'>

/** What it comes to. */
export interface MachinePlan {
  readonly spec: InstanceSpec
  /** None: Nova chooses. */
  readonly zone: string | undefined
  /** Those that the machine will be on. */
  readonly networks: readonly Network[]
  /** One for each port that is to be made. None: Nova makes the ports. */
  readonly subnets: readonly ChosenSubnet[]
  /** Whether the machine will be in security groups. */
  readonly grouped: boolean
  /** For the public address, if one is asked for. */
  readonly wayOut: WayOut | undefined
}

/**
 * Plans a machine. Reads only.
 * @throws NotFoundError, NotValidError naming what there is instead of what was asked for; QuotaExceededError
 */
export async function planMachine(
  scope: Scope,
  demands: MachineDemands,
  signal?: AbortSignal,
): Promise<MachinePlan> {
  const { constraints, subnetsToZones = [] } = demands
  const volumes = bootsFromVolume(constraints)
  const [zone, spec, all, limits] = await Promise.all([
    machineZone(scope, demands, signal),
    chooseInstanceSpec(scope, demands, signal),
    modelNetworks(scope, signal),
    projectLimits(scope, { volumes }, signal),
  ])
  const subnets = subnetsToZones.map((each) => chooseSubnet(scope, each, all, zone))
  const networks = subnets.length > 0 ? [...new Set(subnets.map(({ network }) => network))] : all
  const grouped = await takeGroups(scope, networks, signal)
  checkQuota(limits, {
    instanceType: spec.instanceType,
    ports: subnets.length || networks.length,
    securityGroups: grouped && scope.config().firewallMode === 'instance' ? 1 : 0,
    floatingIps: constraints.allocatePublicIp ? 1 : 0,
    volumeGib: volumes ? bootVolumeGib(constraints, spec.image.minDisk) : undefined,
  })
  const way = constraints.allocatePublicIp ? await wayOut(scope, networks, signal) : undefined
  return { spec, zone, networks, subnets, grouped, wayOut: way }
}
