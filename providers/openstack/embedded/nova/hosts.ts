import type { ZoneOption } from '../options.ts'
import type { Server } from './server.ts'

export interface Host {
  readonly name: string
  readonly zone: string
  readonly architectures: readonly string[]
  vcpus: number
  ram: number
  disk: number
  servers: number
}

/** The compute hosts and what room they have left. */
export class Hosts {
  readonly #hosts: readonly Host[]
  readonly #zones: readonly string[]

  constructor(zones: readonly ZoneOption[]) {
    this.#zones = zones.map(({ name }) => name)
    this.#hosts = zones.flatMap((zone) =>
      Array.from({ length: zone.hosts ?? 2 }, (_, index) => ({
        name: `cn-${zone.name}-${index + 1}`,
        zone: zone.name,
        architectures: zone.architectures ?? ['x86_64', 'aarch64'],
        vcpus: zone.vcpus ?? 4000,
        ram: zone.ram ?? 4_000_000,
        disk: zone.disk ?? 600_000,
        servers: 0,
      })),
    )
  }

  get zones(): readonly string[] {
    return this.#zones
  }

  inZone(zone: string): readonly Host[] {
    return this.#hosts.filter((host) => host.zone === zone)
  }

  /** Takes room for the server on the emptiest host that fits. */
  claim(server: Server): Host | undefined {
    const { flavor } = server
    const fitting = this.#hosts.filter(
      (host) =>
        (server.requestedZone === undefined || host.zone === server.requestedZone) &&
        (server.architecture === undefined || host.architectures.includes(server.architecture)) &&
        host.vcpus >= flavor.vcpus &&
        host.ram >= flavor.ram &&
        host.disk >= flavor.disk,
    )
    const host = fitting.reduce<Host | undefined>(
      (best, each) => (best === undefined || each.servers < best.servers ? each : best),
      undefined,
    )
    if (host) move(host, server, 1)
    return host
  }

  release(server: Server): void {
    const host = this.#hosts.find(({ name }) => name === server.host)
    if (host) move(host, server, -1)
  }
}

function move(host: Host, { flavor }: Server, sign: 1 | -1): void {
  host.vcpus -= flavor.vcpus * sign
  host.ram -= flavor.ram * sign
  host.disk -= flavor.disk * sign
  host.servers += sign
}
