import { type Instance, type RandomSource, TAG_MACHINE } from '../environ/index.ts'

/** Which machines are in which zone, those being started included (Juju: `AvailabilityZoneMachine`). */
export class ZonePopulation {
  readonly #zones = new Map<string, string>()
  readonly #random: RandomSource

  constructor(instances: readonly Instance[], random: RandomSource) {
    this.#random = random
    for (const { tags, availabilityZone } of instances) {
      const machineId = tags[TAG_MACHINE]
      if (machineId !== undefined && availabilityZone) this.#zones.set(machineId, availabilityZone)
    }
  }

  /**
   * Puts a machine into the zone with the fewest machines of its group, or of the model when it has none; a random one
   * among equals.
   */
  choose(machineId: string, group: readonly string[], zones: readonly string[]): string {
    this.#zones.delete(machineId)
    const counts = new Map(zones.map((zone) => [zone, 0]))
    for (const member of group.length > 0 ? group : this.#zones.keys()) {
      const zone = this.#zones.get(member)
      const count = zone === undefined ? undefined : counts.get(zone)
      if (zone !== undefined && count !== undefined) counts.set(zone, count + 1)
    }
    const least = Math.min(...counts.values())
    const equals = zones.filter((zone) => counts.get(zone) === least)
    const zone = equals[Math.floor(this.#random.number() * equals.length)] ?? ''
    this.#zones.set(machineId, zone)
    return zone
  }

  /** The machine is in no zone after all. */
  leave(machineId: string): void {
    this.#zones.delete(machineId)
  }
}
