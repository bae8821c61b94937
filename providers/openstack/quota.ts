/** Whether the project's quota allows one more server: told in numbers, before anything is made. */

import { type InstanceType, QuotaExceededError } from 'cloud-environs/provider'
import type { ComputeLimitSet } from './api/index.ts'
import type { Scope } from './scope.ts'

/** What the project may have, and has; nothing when the cloud does not tell. Nova checks again when it makes a server. */
export async function computeLimits(
  { connection, coalescer, services }: Scope,
  signal?: AbortSignal,
): Promise<ComputeLimitSet | undefined> {
  try {
    return await coalescer.share('compute limits', signal, (signal) =>
      connection.compute.limits.get({ signal }),
    )
  } catch (error) {
    signal?.throwIfAborted()
    services.logger.debug('the quota is not checked beforehand', { error })
    return undefined
  }
}

/** @throws QuotaExceededError naming everything that there is too little of */
export function checkQuota(
  limits: ComputeLimitSet | undefined,
  { name, cpuCores, mem }: Pick<InstanceType, 'name' | 'cpuCores' | 'mem'>,
): void {
  if (!limits) return
  const needs = [
    { what: 'instance', need: 1, has: limits.instances },
    { what: cpuCores === 1 ? 'core' : 'cores', need: cpuCores, has: limits.cores },
    { what: 'MiB of memory', need: mem, has: limits.ram },
  ]
  const short = needs.flatMap(({ what, need, has: { limit, used } }) =>
    limit === undefined || used + need <= limit
      ? []
      : [`needs ${need} ${what}, ${Math.max(0, limit - used)} left of ${limit}`],
  )
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
