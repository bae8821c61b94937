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
 * A network that ports of the project may be on: its own, or one that is shared with it.
 * @throws NotFoundError, for the external and for those of others that an administrator sees, too
 */
export async function usableNetwork(
  { connection }: Scope,
  id: string,
  signal?: AbortSignal,
): Promise<Network> {
  const [network, { project }] = await Promise.all([
    connection.network.networks.get(id, { signal }),
    connection.identity.authenticate({ signal }),
  ])
  const { external, shared, projectId } = network
  if (projectId === project?.id || (shared && !external)) return network
  throw new NotFoundError(`network "${network.name}" (${id}) is not for servers of the project`, {
    resource: `network ${id}`,
    hint: 'use a network of the project, or one that is shared with it',
  })
}

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
