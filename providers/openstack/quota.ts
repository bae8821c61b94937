/** Whether the project's quotas allow one more machine: told in numbers, before anything is made. */

import { type InstanceType, QuotaExceededError } from 'cloud-environs/provider'
import type { ComputeLimitSet, NetworkQuotaDetails, VolumeLimits } from './api/index.ts'
import type { Scope } from './scope.ts'

/** What the project may have, and has. What the cloud does not tell is absent: it checks again itself. */
export interface ProjectLimits {
  readonly compute?: ComputeLimitSet | undefined
  readonly network?: NetworkQuotaDetails | undefined
  readonly volumes?: VolumeLimits | undefined
}

/** What a machine takes of it. */
export interface MachineNeeds {
  readonly instanceType: Pick<InstanceType, 'name' | 'cpuCores' | 'mem'>
  readonly ports: number
  readonly securityGroups: number
  readonly floatingIps: number
  /** Of the volume that it boots from. */
  readonly volumeGib?: number | undefined
}

/** What the services tell of the project: of block storage only when it is asked for. */
export async function projectLimits(
  scope: Scope,
  options: { readonly volumes: boolean },
  signal?: AbortSignal,
): Promise<ProjectLimits> {
  const { compute, network, blockStorage } = scope.connection
  const [ofCompute, ofNetwork, ofVolumes] = await Promise.all([
    told(scope, 'compute limits', (signal) => compute.limits.get({ signal }), signal),
    told(scope, 'network quotas', (signal) => network.quotas.details(undefined, { signal }), signal),
    options.volumes
      ? told(scope, 'volume limits', (signal) => blockStorage.limits.get({ signal }), signal)
      : undefined,
  ])
  return { compute: ofCompute, network: ofNetwork, volumes: ofVolumes }
}

async function told<T>(
  { coalescer, services }: Scope,
  what: string,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return await coalescer.share(what, signal, ask)
  } catch (error) {
    signal?.throwIfAborted()
    services.logger.debug('a quota is not checked beforehand', { what, error })
    return undefined
  }
}

/** How much there is of something and may be; absent: nobody tells, or no limit. */
type Use =
  | { readonly limit?: number | undefined; readonly used: number; readonly reserved?: number }
  | undefined

/** @throws QuotaExceededError naming everything that there is too little of */
export function checkQuota({ compute, network, volumes }: ProjectLimits, needs: MachineNeeds): void {
  const { instanceType, ports, securityGroups, floatingIps, volumeGib = 0 } = needs
  const { name, cpuCores, mem } = instanceType
  const all: readonly (readonly [need: number, what: string, use: Use])[] = [
    [1, 'instance', compute?.instances],
    [cpuCores, cpuCores === 1 ? 'core' : 'cores', compute?.cores],
    [mem, 'MiB of memory', compute?.ram],
    [ports, ports === 1 ? 'port' : 'ports', network?.port],
    [securityGroups, 'security group', network?.securityGroup],
    [floatingIps, 'floating IP', network?.floatingIp],
    [volumeGib > 0 ? 1 : 0, 'volume', volumes?.volumes],
    [volumeGib, 'GiB of volumes', volumes?.gigabytes],
  ]
  const short = all.flatMap(([need, what, use]) => {
    const left = leftOf(use)
    // Nothing is needed where more is in use than may be: that is no hindrance.
    return need === 0 || need <= left
      ? []
      : [`needs ${need} ${what}, ${Math.max(0, left)} left of ${use?.limit}`]
  })
  if (short.length === 0) return
  throw new QuotaExceededError(
    `the project's quota is too small for instance type ${name}: ${short.join('; ')}`,
    {
      operation: 'startInstance',
      resource: 'quota of the project',
      hint: 'remove instances, choose a smaller instance type, or ask the operator of the cloud for more',
    },
  )
}

function leftOf(use: Use): number {
  if (use?.limit === undefined) return Number.POSITIVE_INFINITY
  return use.limit - use.used - (use.reserved ?? 0)
}
