import { randomBytes } from 'node:crypto'
import type { Quotas } from '../options.ts'
import type { AddressPool } from './addresses.ts'
import { overQuota } from './errors.ts'
import {
  type FloatingIp,
  type Network,
  newResource,
  type Port,
  type Resource,
  type Router,
  type SecurityGroup,
  type SecurityGroupRule,
  type Subnet,
  touch,
} from './resources.ts'

/** What quotas count, by Neutron's name, and where it is configured. */
const COUNTED = {
  network: 'networks',
  subnet: 'subnets',
  port: 'ports',
  router: 'routers',
  floatingip: 'floatingIps',
  security_group: 'securityGroups',
  security_group_rule: 'securityGroupRules',
} as const

export type Counted = keyof typeof COUNTED

/** Limits of what this cloud has none of, as Neutron sets them up. */
const ABSENT = { subnetpool: -1, rbac_policy: 10, trunk: -1 }

const COUNTED_NAMES = Object.keys(COUNTED) as Counted[]

export const isCounted = (name: string): name is Counted => Object.hasOwn(COUNTED, name)

/** What Neutron of one region knows. */
export class NetworkState {
  readonly networks = new Map<string, Network>()
  readonly subnets = new Map<string, Subnet>()
  readonly ports = new Map<string, Port>()
  readonly securityGroups = new Map<string, SecurityGroup>()
  readonly securityGroupRules = new Map<string, SecurityGroupRule>()
  readonly floatingIps = new Map<string, FloatingIp>()
  readonly routers = new Map<string, Router>()
  readonly pools = new Map<string, AddressPool>()
  readonly zones: readonly string[]
  /** What admins set for single projects. */
  readonly quotasOfProjects = new Map<string, Readonly<Partial<Record<Counted, number>>>>()
  readonly #quotas: Quotas
  readonly #defaultGroups = new Map<string, string>()
  readonly #macs = new Set<string>()
  readonly #byDevice = new Map<string, Set<Port>>()
  readonly #floatingByPort = new Map<string, Set<FloatingIp>>()
  #segment = 1000

  constructor(zones: readonly string[], quotas: Quotas) {
    this.zones = zones
    this.#quotas = quotas
  }

  /** Limit and use of each resource of a project. */
  quota(projectId: string): Record<string, { limit: number; used: number }> {
    const entries = COUNTED_NAMES.map((resource) => [resource, this.#use(resource, projectId)] as const)
    const absent = Object.entries(ABSENT).map(([resource, limit]) => [resource, { limit, used: 0 }] as const)
    return Object.fromEntries([...entries, ...absent])
  }

  /** Limits of a project for which nobody set any. */
  defaultQuota(): Record<string, number> {
    const entries = COUNTED_NAMES.map((resource) => [resource, this.#quotas[COUNTED[resource]]] as const)
    return { ...Object.fromEntries(entries), ...ABSENT }
  }

  /** Refuses with OverQuota when `more` of the resource do not fit. */
  claim(resource: Counted, projectId: string, more = 1): void {
    const { limit, used } = this.#use(resource, projectId)
    if (limit >= 0 && used + more > limit) throw overQuota(resource)
  }

  /** How many more ports the project may have. */
  freePorts(projectId: string): number {
    const { limit, used } = this.#use('port', projectId)
    return limit < 0 ? Number.POSITIVE_INFINITY : limit - used
  }

  #use(resource: Counted, projectId: string): { limit: number; used: number } {
    const store = COUNTED[resource]
    const limit = this.quotasOfProjects.get(projectId)?.[resource] ?? this.#quotas[store]
    return { limit, used: count(this[store], projectId) }
  }

  nextSegment(): number {
    this.#segment += 1
    return this.#segment
  }

  newMac(): string {
    for (;;) {
      const tail = randomBytes(3)
        .toString('hex')
        .replace(/(..)(..)(..)/, '$1:$2:$3')
      const mac = `fa:16:3e:${tail}`
      if (this.#macs.has(mac)) continue
      this.#macs.add(mac)
      return mac
    }
  }

  subnetsOf(networkId: string): Subnet[] {
    return [...this.subnets.values()].filter((subnet) => subnet.network_id === networkId)
  }

  dropSubnet(subnet: Subnet): void {
    this.subnets.delete(subnet.id)
    this.pools.delete(subnet.id)
    const network = this.networks.get(subnet.network_id)
    if (network) touch(network)
  }

  /** Ports of a server or router, oldest first. */
  portsOfDevice(deviceId: string): readonly Port[] {
    return [...(this.#byDevice.get(deviceId) ?? [])]
  }

  addPort(port: Port): void {
    this.ports.set(port.id, port)
    this.#index(port)
  }

  dropPort(port: Port): void {
    this.ports.delete(port.id)
    this.#macs.delete(port.mac_address)
    this.#byDevice.get(port.device_id)?.delete(port)
    for (const { subnet_id: id, ip_address: address } of port.fixed_ips) this.pools.get(id)?.release(address)
    for (const floatingIp of this.floatingIpsOf(port.id)) this.associate(floatingIp, undefined)
  }

  /** Ties a port to a device, or frees it with `''`. */
  setDevice(port: Port, deviceId: string, owner: string): void {
    const siblings = this.#byDevice.get(port.device_id)
    siblings?.delete(port)
    if (siblings?.size === 0) this.#byDevice.delete(port.device_id)
    port.device_id = deviceId
    port.device_owner = owner
    touch(port)
    this.#index(port)
  }

  #index(port: Port): void {
    if (port.device_id === '') return
    const siblings = this.#byDevice.get(port.device_id)
    if (siblings) siblings.add(port)
    else this.#byDevice.set(port.device_id, new Set([port]))
  }

  floatingIpsOf(portId: string): readonly FloatingIp[] {
    return [...(this.#floatingByPort.get(portId) ?? [])]
  }

  /** Points a floating IP at an address of a port, or at nothing. */
  associate(
    floatingIp: FloatingIp,
    target: { readonly port: Port; readonly address: string; readonly routerId: string } | undefined,
  ): void {
    if (floatingIp.port_id !== null) this.#floatingByPort.get(floatingIp.port_id)?.delete(floatingIp)
    floatingIp.port_id = target?.port.id ?? null
    floatingIp.fixed_ip_address = target?.address ?? null
    floatingIp.router_id = target?.routerId ?? null
    floatingIp.status = target ? 'ACTIVE' : 'DOWN'
    touch(floatingIp)
    if (!target) return
    const siblings = this.#floatingByPort.get(target.port.id) ?? new Set()
    this.#floatingByPort.set(target.port.id, siblings.add(floatingIp))
  }

  /** The project's `default` group, made with Neutron's four rules when it is asked for the first time. */
  defaultGroup(projectId: string): SecurityGroup | undefined {
    if (projectId === '') return undefined
    const known = this.securityGroups.get(this.#defaultGroups.get(projectId) ?? '')
    if (known) return known
    const group: SecurityGroup = {
      ...newResource(projectId, { name: 'default', description: 'Default security group' }),
      stateful: true,
    }
    this.securityGroups.set(group.id, group)
    this.#defaultGroups.set(projectId, group.id)
    for (const ethertype of ['IPv4', 'IPv6']) {
      this.addRule(group, { direction: 'egress', ethertype })
      this.addRule(group, { direction: 'ingress', ethertype, remote_group_id: group.id })
    }
    return group
  }

  isDefaultGroup(group: SecurityGroup): boolean {
    return this.#defaultGroups.get(group.project_id) === group.id
  }

  /** Adds a rule that Neutron makes by itself. */
  addRule(
    group: SecurityGroup,
    given: Pick<SecurityGroupRule, 'direction' | 'ethertype'> & { readonly remote_group_id?: string },
  ): void {
    const rule: SecurityGroupRule = {
      ...newResource(group.project_id, {}),
      description: null,
      security_group_id: group.id,
      protocol: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      normalized_cidr: null,
      remote_group_id: given.remote_group_id ?? null,
      direction: given.direction,
      ethertype: given.ethertype,
    }
    this.securityGroupRules.set(rule.id, rule)
  }
}

function count(store: ReadonlyMap<string, Resource>, projectId: string): number {
  let used = 0
  for (const resource of store.values()) if (resource.project_id === projectId) used += 1
  return used
}
