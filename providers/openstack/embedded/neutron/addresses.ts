import { isIP } from 'node:net'

export interface Address {
  readonly version: 4 | 6
  readonly value: bigint
}

export interface Cidr {
  readonly version: 4 | 6
  readonly prefix: number
  readonly first: bigint
  readonly last: bigint
}

export function parseAddress(text: string): Address | undefined {
  const version = isIP(text)
  if (version === 4) return { version, value: parseV4(text) }
  return version === 6 && !text.includes('%') ? { version, value: parseV6(text) } : undefined
}

export function formatAddress(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  )
  // The URL parser writes the canonical, shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** Reads `10.1.2.3/8`; host bits are allowed, an address alone is the whole of itself. */
export function parseCidr(text: string): Cidr | undefined {
  const [host = '', length, ...rest] = text.split('/')
  const address = parseAddress(host)
  if (!address || rest.length > 0) return undefined
  const bits = address.version === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const prefix = length === undefined ? bits : Number(length)
  if (prefix > bits) return undefined
  const size = 1n << BigInt(bits - prefix)
  const first = address.value - (address.value % size)
  return { version: address.version, prefix, first, last: first + size - 1n }
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.version, cidr.first)}/${cidr.prefix}`
}

export function contains(cidr: Cidr, address: Address): boolean {
  return cidr.version === address.version && cidr.first <= address.value && address.value <= cidr.last
}

export function overlap(one: Cidr, other: Cidr): boolean {
  return one.version === other.version && one.first <= other.last && other.first <= one.last
}

function parseV4(text: string): bigint {
  return text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n)
}

function parseV6(text: string): bigint {
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...middle, ...right].reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n)
}

/** Addresses of a subnet: which are taken, and which comes next. */
export class AddressPool {
  readonly #cidr: Cidr
  readonly #ranges: readonly { readonly start: bigint; readonly end: bigint }[]
  readonly #taken = new Set<bigint>()
  #next: bigint | undefined

  constructor(cidr: Cidr, ranges: readonly { readonly start: bigint; readonly end: bigint }[]) {
    this.#cidr = cidr
    this.#ranges = ranges
  }

  /** Takes that address. False when somebody has it. */
  take(value: bigint): boolean {
    if (this.#taken.has(value)) return false
    this.#taken.add(value)
    return true
  }

  /** Takes a free address of the allocation ranges; an address that was freed comes back last. */
  takeAny(): string | undefined {
    const from = this.#next
    const value = this.#free(from) ?? (from === undefined ? undefined : this.#free(undefined))
    if (value === undefined) return undefined
    this.#taken.add(value)
    this.#next = value + 1n
    return formatAddress(this.#cidr.version, value)
  }

  release(text: string): void {
    const address = parseAddress(text)
    if (address) this.#taken.delete(address.value)
  }

  get isEmpty(): boolean {
    return this.#taken.size === 0
  }

  #free(from: bigint | undefined): bigint | undefined {
    for (const { start, end } of this.#ranges) {
      let value = from !== undefined && from > start ? from : start
      while (value <= end) {
        if (!this.#taken.has(value)) return value
        value += 1n
      }
    }
    return undefined
  }
}
