import { type Firewall, type IngressRule, ingressRules, openingKey, openings } from 'cloud-environs/provider'
import type { MemoryCloud } from './cloud.ts'

/** The ports of one group. `check` runs before each call: the contract allows each firewall in one mode only. */
export class GroupFirewall implements Firewall {
  readonly #cloud: MemoryCloud
  readonly #group: string
  readonly #check: (doing: string) => void

  constructor(cloud: MemoryCloud, group: string, check: (doing: string) => void) {
    this.#cloud = cloud
    this.#group = group
    this.#check = check
  }

  async openPorts(rules: readonly IngressRule[]): Promise<void> {
    this.#check('opening ports on')
    const open = new Map(this.#cloud.openings(this.#group).map((opening) => [openingKey(opening), opening]))
    for (const opening of openings(rules)) open.set(openingKey(opening), opening)
    this.#cloud.setOpenings(this.#group, [...open.values()])
  }

  async closePorts(rules: readonly IngressRule[]): Promise<void> {
    this.#check('closing ports on')
    const closing = new Set(openings(rules).map(openingKey))
    const open = this.#cloud.openings(this.#group)
    this.#cloud.setOpenings(
      this.#group,
      open.filter((opening) => !closing.has(openingKey(opening))),
    )
  }

  async ports(): Promise<readonly Required<IngressRule>[]> {
    this.#check('retrieving ingress rules from')
    return ingressRules(this.#cloud.openings(this.#group))
  }
}
