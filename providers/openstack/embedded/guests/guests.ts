import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Region } from '../cloud.ts'
import type { Guest, GuestSource } from './guest.ts'
import { reach, type Reached } from './reach.ts'

/** Makes the guest of a server that is running. */
export type GuestMaker = (source: GuestSource) => Promise<Guest>

/** Servers' addresses exist in this process only: whoever wants to reach them asks this cloud for a tunnel. */
export class Guests {
  readonly #regions: readonly Region[]
  readonly #make: GuestMaker
  readonly #tunnels = new Set<Duplex>()
  /** By server. */
  readonly #guests = new Map<string, Promise<Guest>>()

  constructor(regions: readonly Region[], make: GuestMaker) {
    this.#regions = regions
    this.#make = make
  }

  /** Has the cloud's HTTP server take CONNECT, as a proxy does. */
  serve(server: HttpServer): void {
    server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#tunnels.add(socket)
      socket.on('close', () => this.#tunnels.delete(socket))
      socket.on('error', () => socket.destroy())
      this.#tunnel(request.url ?? '', socket, head).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message.replaceAll(/[^ -~]/g, ' ') : ''
        socket.end(`HTTP/1.1 504 ${reason}\r\ncontent-length: 0\r\n\r\n`)
      })
    })
  }

  /** Ends every guest and every connection to one. */
  async close(): Promise<void> {
    for (const socket of this.#tunnels) socket.destroy()
    await Promise.all([...this.#guests.values()].map(async (guest) => await (await guest).stop()))
  }

  /** A guest is made when somebody first wants to talk to it: most servers here are never talked to. */
  async #guestOf({ server, port, publicKeys }: Reached): Promise<Guest> {
    const known = this.#guests.get(server.id)
    if (known) return await known
    const { id, name, hostname, zone, metadata, userData, flavor } = server
    const { disk } = flavor
    const macAddress = port.mac_address
    const made = this.#make({ id, name, hostname, zone, metadata, disk, macAddress, userData, publicKeys })
    this.#guests.set(server.id, made)
    return (server.guest = await made)
  }

  async #tunnel(target: string, socket: Duplex, head: Buffer): Promise<void> {
    const [, host = '', port = ''] = /^\[?(.+?)\]?:(\d+)$/.exec(target) ?? []
    const reached = reach(this.#regions, host, Number(port))
    if (!reached) throw new Error(`nobody is at ${target}`)
    const inner = await (await this.#guestOf(reached)).dial(Number(port))
    inner.on('error', () => socket.destroy())
    socket.on('close', () => inner.destroy())
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) inner.write(head)
    socket.pipe(inner).pipe(socket)
  }
}
