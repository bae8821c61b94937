import type { Duplex } from 'node:stream'

/** What runs on a server. It is told what happens to the server. */
export interface Guest {
  /** The server was switched on or off. */
  power(on: boolean): void
  reboot(): void
  /** The server is no more. */
  remove(): void
  /** A connection to one of its TCP ports. @throws Error when nobody listens there */
  dial(port: number): Promise<Duplex>
  /** What it wrote to its serial console; absent: it has none. */
  console?(): string | undefined
  /** Over once nothing of it runs any more. */
  stop(): Promise<void>
}

/** What a server gives to its guest. */
export interface GuestSource {
  readonly id: string
  readonly name: string
  readonly hostname: string
  readonly zone: string
  readonly metadata: Readonly<Record<string, string>>
  /** GiB, of the flavor. */
  readonly disk: number
  /** Of the port that it is reached at. */
  readonly macAddress: string
  /** Base64. */
  readonly userData: string | null
  /** Of the server's key pair. */
  readonly publicKeys: readonly string[]
}
