import { randomUUID } from 'node:crypto'
import type { ZoneOption } from '../options.ts'
import type { Flavor } from './flavor.ts'
import type { Server } from './server.ts'

export interface Host {
  /** Of its nova-compute. */
  readonly serviceId: string
  readonly name: string
  readonly zone: string
  readonly architectures: readonly string[]
  vcpus: number
  ram: number
  disk: number
  servers: number
  /** An operator says that it is dead: what was on it can be evacuated. */
  forcedDown: boolean
  disabled: boolean
  disabledReason: string | null
}

/** Where a server is to go, when not to any host as it is. */
export interface Wanted {
  readonly flavor?: Flavor
  /** Name of the one host it may go to. */
  readonly on?: string | undefined
  /** Name of the host it has to leave. */
  readonly not?: string | undefined
}

/** How well a host suits a server, whatever its room: the higher the better; `undefined` when it does not at all. */
type Suitability = (server: Server, host: Host) => number | undefined

/** The compute hosts and what room they have left. */
export class Hosts {
  readonly #hosts: readonly Host[]
  readonly #zones: readonly string[]
  readonly #suitability: Suitability

  constructor(zones: readonly ZoneOption[], suitability: Suitability) {
    this.#suitability = suitability
    this.#zones = zones.map(({ name }) => name)
    this.#hosts = zones.flatMap((zone) =>
      Array.from({ length: zone.hosts ?? 2 }, (_, index) => ({
        serviceId: randomUUID(),
        name: `cn-${zone.name}-${index + 1}`,
        zone: zone.name,
        architectures: zone.architectures ?? ['x86_64', 'aarch64'],
        vcpus: zone.vcpus ?? 4000,
        ram: zone.ram ?? 4_000_000,
        disk: zone.disk ?? 600_000,
        servers: 0,
        forcedDown: false,
        disabled: false,
        disabledReason: null,
      })),
    )
  }

  get zones(): readonly string[] {
    return this.#zones
  }

  all(): readonly Host[] {
    return this.#hosts
  }

  named(name: string | undefined): Host | undefined {
    return this.#hosts.find((host) => host.name === name)
  }

  inZone(zone: string): readonly Host[] {
    return this.#hosts.filter((host) => host.zone === zone)
  }

  /** Takes room for the server on the emptiest of the hosts that fit and suit it best. */
  claim(server: Server, wanted: Wanted = {}): Host | undefined {
    const { flavor = server.flavor, on, not } = wanted
    const fitting = this.#hosts.filter(
      (host) =>
        !host.forcedDown &&
        !host.disabled &&
        (on === undefined || host.name === on) &&
        host.name !== not &&
        (server.requestedZone === undefined || host.zone === server.requestedZone) &&
        (server.architecture === undefined || host.architectures.includes(server.architecture)) &&
        host.vcpus >= flavor.vcpus &&
        host.ram >= flavor.ram &&
        host.disk >= flavor.disk,
    )
    const suiting = fitting.flatMap((each) => {
      const suitability = this.#suitability(server, each)
      return suitability === undefined ? [] : [{ each, suitability }]
    })
    const [best] = suiting.sort(
      (one, other) => other.suitability - one.suitability || one.each.servers - other.each.servers,
    )
    const host = best?.each
    if (host) move(host, flavor, 1)
    return host
  }

  release(name: string | undefined, flavor: Flavor): void {
    const host = this.named(name)
    if (host) move(host, flavor, -1)
  }
}

function move(host: Host, flavor: Flavor, sign: 1 | -1): void {
  host.vcpus -= flavor.vcpus * sign
  host.ram -= flavor.ram * sign
  host.disk -= flavor.disk * sign
  host.servers += sign
}
