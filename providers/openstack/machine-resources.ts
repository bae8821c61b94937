/**
 * What is made beside a server for its machine: floating IPs, ports, security groups. All carry the machine's mark: the
 * name of its security group is the description of the others, so that they can be found again by it alone.
 */

import { removeOnceFree } from './in-use.ts'
import type { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'

/**
 * Removes all that is marked so, in the order in which they hang on each other. What is gone already is no error. What
 * stays in use, or is kept by a policy, is in the report.
 */
export async function removeMarked(
  scope: Scope,
  groups: SecurityGroups,
  fits: (mark: string) => boolean,
  removal: Removal,
  signal?: AbortSignal,
): Promise<void> {
  const { identity, network } = scope.connection
  // An administrator sees those of all projects; only those of our own are ours.
  const projectId = (await identity.authenticate({ signal })).project?.id
  const [floatingIps, ports] = await Promise.all([
    network.floatingIps.all({ projectId }, { signal }),
    network.ports.all({ projectId }, { signal }),
  ])
  const ours = <T extends { readonly description: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ description }) => fits(description))
  await removal.remove(
    ours(floatingIps),
    ({ floatingIpAddress }) => `floating IP ${floatingIpAddress}`,
    ({ id }) => network.floatingIps.delete(id, { signal }),
  )
  await removal.remove(
    ours(ports),
    ({ id }) => `port ${id}`,
    ({ id }) => removeOnceFree(scope, () => network.ports.delete(id, { signal }), signal),
  )
  await removal.remove(
    (await groups.list(signal)).filter(({ name }) => fits(name)),
    ({ name }) => `security group ${name}`,
    ({ id }) => groups.delete(id, signal),
  )
  signal?.throwIfAborted()
}
