/** What else a cloud tells of a server: security groups, placement on the host, figures of the hypervisor. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems, readOne } from '../service/read.ts'
import { checkName } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import { since } from './version-range.ts'

/** A security group as Nova shows it; the network service tells the rest. */
export interface ServerSecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
}

/** The part of a server on one NUMA node of its host. */
export interface ServerNumaNode {
  /** MiB. */
  readonly memory?: number | undefined
  readonly vcpus: readonly number[]
  readonly siblings: readonly (readonly number[])[]
  /** The node of the host. Administrators only. */
  readonly hostNode?: number | undefined
  /** Host's CPU by the server's. Administrators only. */
  readonly cpuPinning: Readonly<Record<string, number>>
}

/** How a server lies on its host. */
export interface ServerTopology {
  readonly nodes: readonly ServerNumaNode[]
  /** KiB; absent when the server has no NUMA topology. */
  readonly pageSize?: number | undefined
}

/** Calls that look closer, and those on security groups. */
export interface ServerDetails {
  /** Groups of all its ports, each once. */
  fetchSecurityGroups(id: string, options?: CallOptions): Promise<ServerSecurityGroup[]>
  /** Adds the group, by name or id, to all ports. */
  addSecurityGroup(id: string, group: string, options?: CallOptions): Promise<void>
  /** Takes the group off all ports that have it. */
  removeSecurityGroup(id: string, group: string, options?: CallOptions): Promise<void>
  /** Needs microversion 2.78. */
  fetchTopology(id: string, options?: CallOptions): Promise<ServerTopology>
  /** Figures of the hypervisor, of one form from microversion 2.48 on, which is used where it is. Administrators only. */
  diagnostics(id: string, options?: CallOptions): Promise<Readonly<Record<string, unknown>>>
}

const groupSchema = lazy(() =>
  z
    .object({ id: z.union([z.string(), z.number()]), name: z.string(), description: z.string().nullish() })
    .transform(
      ({ id, name, description }): ServerSecurityGroup => ({
        id: String(id),
        name,
        description: description ?? '',
      }),
    ),
)

const topologySchema = lazy(() =>
  z
    .object({
      nodes: z.array(
        z
          .object({
            memory_mb: z.number().nullish(),
            vcpu_set: z.array(z.number()).nullish(),
            siblings: z.array(z.array(z.number())).nullish(),
            host_node: z.number().nullish(),
            cpu_pinning: z.record(z.string(), z.number()).nullish(),
          })
          .transform(
            (wire): ServerNumaNode => ({
              memory: wire.memory_mb ?? undefined,
              vcpus: wire.vcpu_set ?? [],
              siblings: wire.siblings ?? [],
              hostNode: wire.host_node ?? undefined,
              cpuPinning: wire.cpu_pinning ?? {},
            }),
          ),
      ),
      pagesize_kb: z.number().nullish(),
    })
    .transform(({ nodes, pagesize_kb }): ServerTopology => ({ nodes, pageSize: pagesize_kb ?? undefined })),
)

const diagnosticsSchema = lazy(() => z.record(z.string(), z.unknown()))

/** See {@link ServerDetails}. */
export const serverDetails: Operations<ServerDetails> = {
  fetchSecurityGroups: {
    method: 'GET',
    path: '/os-security-groups',
    operation: 'list security groups of',
    read: ({ json }, { logger }) => {
      // Nova repeats a group for each port that has it.
      const groups = readItems(json, 'security_groups', groupSchema(), logger)
      return [...new Map(groups.map((group) => [group.id, group])).values()]
    },
  },
  addSecurityGroup: {
    inputs: 1,
    operation: 'add a security group to',
    repeatable: true,
    check: ([name]) => checkName('a security group', name),
    body: ([name]) => ({ addSecurityGroup: { name } }),
  },
  removeSecurityGroup: {
    inputs: 1,
    operation: 'remove a security group of',
    check: ([name]) => checkName('a security group', name),
    body: ([name]) => ({ removeSecurityGroup: { name } }),
  },
  fetchTopology: {
    method: 'GET',
    path: '/topology',
    operation: 'get the topology of',
    versions: () => since('2.78'),
    read: ({ json }, { resource }) =>
      readOne(json, undefined, topologySchema(), `the topology of ${resource}`),
  },
  diagnostics: {
    method: 'GET',
    path: '/diagnostics',
    operation: 'diagnose',
    versions: () => [{ from: '2.48' }, {}],
    read: ({ json }, { resource }) =>
      readOne(json, undefined, diagnosticsSchema(), `diagnostics of ${resource}`),
  },
}
