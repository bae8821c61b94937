import type { BootstrapDialOpts } from '../environ/bootstrap.ts'
import { deadline } from '../environ/deadline.ts'
import { EnvironsError, NotValidError, TimeoutError, UntrustedError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Clock } from '../environ/services.ts'
import { SshConnection, type SshOptions, type SshTarget } from './connection.ts'

/** A machine that is on its way. */
export interface AwaitedMachine extends Omit<SshTarget, 'host' | 'port'> {
  /** Its addresses as they are now. What it throws ends the wait: the machine will not come any more. */
  addresses(options: CallOptions): Promise<readonly string[]>
  /**
   * Whether the machine can be worked on: false to look again later.
   * @throws UntrustedError when it is another machine
   */
  isReady(connection: SshConnection, options: CallOptions): Promise<boolean>
}

/** How a machine is waited for. */
export interface WaitForMachineOptions extends Omit<SshOptions, 'timeout'> {
  readonly clock: Clock
  readonly dialOpts: BootstrapDialOpts
  /** Called before the first attempt at each address. */
  readonly onAttempt?: (host: string) => void
}

/** An address is given up after so many looks at another machine: ours may have started with the image's host keys. */
const WRONG_LOOKS = 3

/** Tries all addresses of a machine at once, each again and again. */
class MachineWait {
  readonly #machine: AwaitedMachine
  readonly #options: WaitForMachineOptions
  readonly #signal: AbortSignal
  readonly #tried = new Set<string>()
  /** By address: why it is not there yet, the latest last. */
  readonly #failures = new Map<string, unknown>()
  /** By address, where another machine is. */
  readonly #untrusted = new Map<string, UntrustedError>()
  #over = false

  constructor(machine: AwaitedMachine, options: WaitForMachineOptions, signal: AbortSignal) {
    this.#machine = machine
    this.#options = options
    this.#signal = signal
  }

  first(): Promise<SshConnection> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#over = true
        reject(error as Error)
      }
      this.#signal.addEventListener('abort', () => fail(this.#signal.reason), { once: true })
      const found = (connection: SshConnection): void => {
        // One that comes second is not needed.
        if (this.#over) return void connection[Symbol.asyncDispose]()
        this.#over = true
        resolve(connection)
      }
      this.#look(found, fail).catch(fail)
    })
  }

  /** What to say when time is up. */
  tooLate(ms: number): TimeoutError {
    const waited = `waited for ${ms / 1000} s`
    if (this.#tried.size === 0) {
      return new TimeoutError(`${waited} without any address of the machine`, {
        hint: 'see in the cloud whether it has a port on a network that can be reached from here',
      })
    }
    const [last] = [...this.#untrusted.values(), ...[...this.#failures.values()].reverse()]
    const why = last instanceof Error ? `: ${last.message}` : ': it is not ready'
    return new TimeoutError(`${waited} without being able to connect to the machine${why}`, {
      cause: last,
      hint: `see whether port 22 of ${[...this.#tried].join(', ')} can be reached from here`,
    })
  }

  /** Looks for new addresses until the wait is over; each is tried by itself. */
  async #look(found: (connection: SshConnection) => void, fail: (error: unknown) => void): Promise<never> {
    const { clock, dialOpts, onAttempt } = this.#options
    for (;;) {
      const addresses = await this.#machine.addresses({ signal: this.#signal })
      const [untrusted] = addresses.flatMap((host) => this.#untrusted.get(host) ?? [])
      // One of several addresses may lead to another machine; all of them do not by chance.
      if (untrusted && addresses.every((host) => this.#untrusted.has(host))) throw untrusted
      for (const host of addresses) {
        if (this.#over || this.#tried.has(host)) continue
        this.#tried.add(host)
        onAttempt?.(host)
        this.#keepTrying(host, found).catch(fail)
      }
      await clock.sleep(dialOpts.addressesDelay, { signal: this.#signal })
    }
  }

  /** Ends when the wait is over, or another machine is there. @throws what no further attempt would cure */
  async #keepTrying(host: string, found: (connection: SshConnection) => void): Promise<void> {
    const { clock, dialOpts } = this.#options
    for (let wrongLooks = 0; !this.#signal.aborted; ) {
      try {
        const connection = await this.#attempt(host)
        if (connection) return found(connection)
        this.#failures.delete(host)
      } catch (error) {
        // What would be the same with every attempt.
        if (!(error instanceof EnvironsError) || error instanceof NotValidError) throw error
        this.#failures.delete(host)
        this.#failures.set(host, error)
        wrongLooks = error instanceof UntrustedError ? wrongLooks + 1 : 0
        if (error instanceof UntrustedError && wrongLooks === WRONG_LOOKS) {
          this.#untrusted.set(host, error)
          return
        }
      }
      await clock.sleep(dialOpts.retryDelay, { signal: this.#signal }).catch(() => undefined)
    }
  }

  /** Undefined when it is the machine, but not ready. */
  async #attempt(host: string): Promise<SshConnection | undefined> {
    const signal = this.#signal
    const connection = await SshConnection.open({ ...this.#machine, host }, { ...this.#options, signal })
    // At once, whatever `isReady` does.
    const close = (): void => void connection[Symbol.asyncDispose]()
    signal.addEventListener('abort', close, { once: true })
    let ready = false
    try {
      signal.throwIfAborted()
      ready = await this.#machine.isReady(connection, { signal })
    } finally {
      signal.removeEventListener('abort', close)
      if (!ready) close()
    }
    return ready ? connection : undefined
  }
}

/**
 * Waits until a machine can be worked on: all of its addresses are tried as they appear, and the first where it proves
 * to be the machine, and ready, wins; what was begun at the others is closed (Juju: `WaitSSH`).
 * @throws TimeoutError after `dialOpts.timeout` with the last failure; UntrustedError when another machine answers at
 *   every address; what `addresses` throws
 */
export async function waitForMachine(
  machine: AwaitedMachine,
  options: WaitForMachineOptions,
): Promise<SshConnection> {
  const { clock, dialOpts, signal } = options
  signal?.throwIfAborted()
  using limit = deadline(clock, dialOpts.timeout, 'the wait is over', signal)
  const over = new AbortController()
  const wait = new MachineWait(machine, options, AbortSignal.any([limit.signal, over.signal]))
  try {
    return await wait.first()
  } catch (error) {
    signal?.throwIfAborted()
    throw limit.signal.aborted ? wait.tooLate(dialOpts.timeout) : error
  } finally {
    over.abort()
  }
}
