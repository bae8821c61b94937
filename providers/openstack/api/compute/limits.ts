/** What a project may have of Nova, and has (https://docs.openstack.org/api-ref/compute/#limits-limits). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** How much there is of something, and how much may be. */
export interface ComputeLimit {
  /** Absent when there is none. */
  readonly limit?: number | undefined
  readonly used: number
}

/** The limits of a project. Numbers without a use are for each user, server or group; absent is no limit. */
export interface ComputeLimitSet {
  readonly instances: ComputeLimit
  /** Virtual CPUs. */
  readonly cores: ComputeLimit
  /** MiB. */
  readonly ram: ComputeLimit
  readonly serverGroups: ComputeLimit
  /** Servers of one group. */
  readonly serverGroupMembers?: number | undefined
  /** Key pairs of one user. */
  readonly keyPairs?: number | undefined
  /** Metadata items of one server. */
  readonly metadataItems?: number | undefined
}

/** Whose limits. */
export interface ComputeLimitsOptions extends CallOptions {
  /** Default: the connection's own. Others' are for administrators. */
  readonly projectId?: string | undefined
}

const limitsSchema = lazy(() => {
  const count = z.number().default(-1)
  const used = z.number().default(0)
  const absolute = z
    .object({
      maxTotalInstances: count,
      totalInstancesUsed: used,
      maxTotalCores: count,
      totalCoresUsed: used,
      maxTotalRAMSize: count,
      totalRAMUsed: used,
      maxServerGroups: count,
      totalServerGroupsUsed: used,
      maxServerGroupMembers: count,
      maxTotalKeypairs: count,
      maxServerMeta: count,
    })
    .transform(
      (wire): ComputeLimitSet => ({
        instances: { limit: toLimit(wire.maxTotalInstances), used: wire.totalInstancesUsed },
        cores: { limit: toLimit(wire.maxTotalCores), used: wire.totalCoresUsed },
        ram: { limit: toLimit(wire.maxTotalRAMSize), used: wire.totalRAMUsed },
        serverGroups: { limit: toLimit(wire.maxServerGroups), used: wire.totalServerGroupsUsed },
        serverGroupMembers: toLimit(wire.maxServerGroupMembers),
        keyPairs: toLimit(wire.maxTotalKeypairs),
        metadataItems: toLimit(wire.maxServerMeta),
      }),
    )
  return z.object({ absolute })
})

function toLimit(limit: number): number | undefined {
  return limit < 0 ? undefined : limit
}

/** `compute.limits` */
export class ComputeLimits {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** What the project may have, and what it has. */
  async get({ projectId, ...options }: ComputeLimitsOptions = {}): Promise<ComputeLimitSet> {
    const resource = 'the limits of compute'
    const { json } = await this.#client.request({
      method: 'GET',
      path: '/limits',
      query: { tenant_id: projectId },
      operation: 'get',
      resource,
      ...options,
    })
    return readOne(json, 'limits', limitsSchema(), resource).absolute
  }
}
