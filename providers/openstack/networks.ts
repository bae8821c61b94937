import { NotFoundError, type ModelConfig } from 'cloud-environs/provider'
import type { Network } from './api/index.ts'
import { isUuid, NETWORK } from './config.ts'
import type { Scope } from './scope.ts'

/** The entries of the model's `network` attribute. */
function configuredNetworks(config: ModelConfig): readonly string[] {
  const entries = config.attrs[NETWORK]
  if (typeof entries !== 'string') return []
  return entries
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
}

/** Networks as candidates are named: by name and id. */
export const listed = (networks: readonly Network[]): string =>
  networks.map(({ name, id }) => `${name} (${id})`).join(', ') || 'none'

/** All networks that the credential can see. */
export const projectNetworks = (
  { connection, coalescer }: Scope,
  signal?: AbortSignal,
): Promise<readonly Network[]> =>
  coalescer.share('networks', signal, (signal) => connection.network.networks.all({}, { signal }))

/**
 * The networks that a model's machines are on: those of its `network` attribute, by name (internal ones) or id; without
 * it, every internal network that has a subnet.
 * @throws NotFoundError listing the networks there are, when an entry names none
 */
export async function modelNetworks(scope: Scope, signal?: AbortSignal): Promise<readonly Network[]> {
  const [networks, { project }] = await Promise.all([
    projectNetworks(scope, signal),
    scope.connection.identity.authenticate({ signal }),
  ])
  // An administrator sees those of all projects; only our own, and those that are open to it, are for our machines.
  const internal = networks.filter(
    ({ external, shared, projectId }) => !external && (shared || projectId === project?.id),
  )
  const configured = configuredNetworks(scope.config())
  if (configured.length === 0)
    return internal.filter(({ subnets, adminStateUp }) => adminStateUp && subnets.length > 0)
  const chosen = configured.flatMap((entry) => {
    const found = isUuid(entry)
      ? networks.filter(({ id }) => id === entry)
      : internal.filter(({ name }) => name === entry)
    if (found.length > 0) return found
    throw new NotFoundError(`network "${entry}" not found`, {
      resource: `network "${entry}"`,
      hint: `set "${NETWORK}" to some of: ${listed(internal)}`,
    })
  })
  return [...new Map(chosen.map((network) => [network.id, network])).values()]
}
