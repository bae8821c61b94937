import type { Cloud } from './cloud.ts'
import { statusOf } from './nova/server.ts'

/** What users of one project made and nobody removed yet. */
export interface ProjectInventory {
  readonly servers: readonly { readonly id: string; readonly name: string; readonly status: string }[]
  /** Without those of routers. */
  readonly ports: readonly { readonly id: string; readonly name: string; readonly device_id: string }[]
  /** Without `default`. */
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[]
  readonly floatingIps: readonly { readonly id: string; readonly address: string }[]
  readonly serverGroups: readonly { readonly id: string; readonly name: string }[]
  /** Of the users whose default project this is. */
  readonly keypairs: readonly string[]
  readonly applicationCredentials: readonly string[]
  /** Images that the project owns and that are not public. */
  readonly images: readonly { readonly id: string; readonly name: string | null }[]
  readonly volumes: readonly { readonly id: string; readonly name: string | null; readonly status: string }[]
}

/** By project name, over all regions. */
export function takeInventory(cloud: Cloud): Record<string, ProjectInventory> {
  const projects = [...cloud.identity.projects.values()]
  return Object.fromEntries(projects.map(({ id, name }) => [name, inventoryOf(cloud, id)]))
}

function inventoryOf(cloud: Cloud, projectId: string): ProjectInventory {
  const own = <R extends { readonly project_id: string }>(store: ReadonlyMap<string, R>) =>
    [...store.values()].filter((each) => each.project_id === projectId)
  const users = [...cloud.identity.users.values()].filter((user) => user.defaultProjectId === projectId)
  const { regions } = cloud
  return {
    servers: regions.flatMap(({ compute }) =>
      [...compute.servers.values()]
        .filter((server) => server.projectId === projectId && server.vmState !== 'deleted')
        .map((server) => ({ id: server.id, name: server.name, status: statusOf(server) })),
    ),
    ports: regions.flatMap(({ network }) =>
      own(network.ports)
        .filter((port) => !port.device_owner.startsWith('network:router'))
        .map((port) => ({ id: port.id, name: port.name, device_id: port.device_id })),
    ),
    securityGroups: regions.flatMap(({ network }) =>
      own(network.securityGroups)
        .filter((group) => !network.isDefaultGroup(group))
        .map(({ id, name }) => ({ id, name })),
    ),
    floatingIps: regions.flatMap(({ network }) =>
      own(network.floatingIps).map((each) => ({ id: each.id, address: each.floating_ip_address })),
    ),
    serverGroups: regions.flatMap(({ compute }) =>
      compute.serverGroups.of(projectId).map(({ id, name }) => ({ id, name })),
    ),
    keypairs: regions.flatMap(({ compute }) =>
      users.flatMap((user) => [...(compute.keypairs.get(user.id)?.keys() ?? [])]),
    ),
    applicationCredentials: [...cloud.identity.credentials.values()]
      .filter((credential) => credential.projectId === projectId)
      .map(({ name }) => name),
    images: regions.flatMap(({ images }) =>
      [...images.images.values()]
        .filter((image) => image.owner === projectId && image.visibility !== 'public')
        .map(({ id, name }) => ({ id, name })),
    ),
    volumes: regions.flatMap(({ volumes }) =>
      [...volumes.volumes.values()]
        .filter((volume) => volume.projectId === projectId)
        .map(({ id, name, status }) => ({ id, name, status })),
    ),
  }
}
