import { once } from 'node:events'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Guest, GuestSource } from '../guest.ts'
import { Machine, type MachineOptions, type Running } from './machine.ts'

/** How long a guest may take to switch itself off, and how often it is asked: early in a boot nobody hears it. */
const HALT_MS = 20_000
const ASK_MS = 2_000

/**
 * A virtual machine that boots the image, with the server's metadata and user data on a config drive. Its address there
 * is QEMU's, not the server's, and it reaches nobody.
 */
export class QemuGuest implements Guest {
  readonly #source: GuestSource
  readonly #options: MachineOptions
  readonly #removed = new AbortController()
  #machine: Machine | undefined
  #running: Promise<Running> | undefined
  /** What was asked for last; one thing at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(source: GuestSource, options: MachineOptions) {
    this.#source = source
    this.#options = options
    this.power(true)
  }

  power(on: boolean): void {
    this.#do(async () => (on ? this.#boot() : await this.#halt()))
  }

  reboot(): void {
    this.#do(async () => {
      await this.#halt()
      this.#boot()
    })
  }

  remove(): void {
    void this.stop()
  }

  async stop(): Promise<void> {
    this.#removed.abort()
    this.#do(async () => {
      await this.#running?.catch(() => undefined)
      const machine = this.#machine
      this.#running = this.#machine = undefined
      await machine?.remove()
    })
    await this.#last
  }

  async dial(port: number): Promise<Duplex> {
    await this.#last
    const running = await this.#running
    if (!running) throw new Error('the machine is off')
    const socket = connect(await running.monitor.forward(port), '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }

  console(): string | undefined {
    return this.#machine?.console()
  }

  #do(act: () => Promise<void> | void): void {
    this.#last = this.#last.then(act).catch(() => undefined)
  }

  #boot(): void {
    if (this.#removed.signal.aborted) return
    this.#running ??= this.#start()
    // Whoever dials hears of it.
    this.#running.catch(() => undefined)
  }

  async #start(): Promise<Running> {
    const machine = (this.#machine ??= await Machine.make(this.#source, this.#options))
    const running = await machine.start()
    const started = this.#running
    // A guest can also switch itself off.
    void running.ended.then(() => {
      if (this.#running === started) this.#running = undefined
    })
    return running
  }

  async #halt(): Promise<void> {
    const running = await this.#running?.catch(() => undefined)
    this.#running = undefined
    if (!running) return
    const over = new AbortController()
    void running.ended.then(() => over.abort())
    const signal = AbortSignal.any([over.signal, this.#removed.signal, AbortSignal.timeout(HALT_MS)])
    while (!signal.aborted) {
      await running.monitor.pressPower().catch(() => undefined)
      await sleep(ASK_MS, undefined, { signal }).catch(() => undefined)
    }
    this.#machine?.end()
    if (!this.#removed.signal.aborted) await running.ended
  }
}
