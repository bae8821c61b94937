/** Every request of a flow meets every kind of fault, one at a time. */

import type { Dispatcher } from 'undici'
import { EnvironsError } from '../environ/errors.ts'
import type { Clock, LogFields, Logger } from '../environ/services.ts'
import type { FaultFailure, FaultReport } from './fault-report.ts'
import { FAULTS, type Fault } from './faults.ts'
import { type FaultyDispatcher, faultyDispatcher } from './faulty-dispatcher.ts'
import { secretsIn, shown } from './secrets.ts'
import { leftIn } from './settled.ts'
import { within } from './within.ts'

/** What a world is made with. */
export interface FaultServices {
  /** Sends the requests that may meet a fault. */
  readonly dispatcher: FaultyDispatcher['dispatcher']
  /** Time for those who wait for the cloud; see {@link FaultyDispatcher.clock}. */
  readonly clock: Clock
  /** Keeps what it is told; it is searched for secrets. */
  readonly logger: Logger
  /** What else a user sees: an event of progress, a line of output. It is searched, too. */
  readonly see: (output: unknown) => void
}

/** One step of a flow. */
export interface FaultStep {
  /** `start a machine`. */
  readonly name: string
  run(): Promise<unknown>
}

/** A cloud of its own for one run of a flow. */
export interface FaultWorld extends AsyncDisposable {
  /** In their order; the first that fails is the last. */
  readonly steps: readonly FaultStep[]
  /** Removes all that the steps may have left, when the cloud works again. */
  cleanup(): Promise<unknown>
  /** Names of all that is in the cloud. */
  inventory(): readonly string[] | Promise<readonly string[]>
  /** The machine of each instance that is in the cloud, whatever its state. */
  machines?(): readonly string[] | Promise<readonly string[]>
}

/** Something that users do with a cloud. */
export interface FaultFlow {
  readonly name: string
  /** Opens a world. What it asks of the cloud meets no fault. */
  world(services: FaultServices): Promise<FaultWorld>
}

/** How faults are injected. */
export interface InjectFaultsOptions {
  /** Default: all of {@link FAULTS}. */
  readonly kinds?: Readonly<Record<string, Fault>>
  /** What must not be seen, besides the credentials in the headers of requests. */
  readonly secrets?: readonly string[]
  /** Worlds at the same time. Default 4. */
  readonly atOnce?: number
  /** Milliseconds that one run may take, and then its clean-up. Default 60,000. */
  readonly timeout?: number
  /** Milliseconds that the cloud has to remove what was asked to be. Default 10,000. */
  readonly settleTimeout?: number
}

/** A logger that shows all it is told. */
function searchedLogger(see: (output: unknown) => void): Logger {
  const log = (message: string, fields?: LogFields | (() => LogFields)): void => {
    see(message)
    if (fields) see(typeof fields === 'function' ? fields() : fields)
  }
  const logger: Logger = {
    debug: log,
    info: log,
    warn: log,
    error: log,
    child: (fields) => {
      see(fields)
      return logger
    },
  }
  return logger
}

interface Run {
  /** Requests that the steps made. */
  readonly requests: number
  readonly hit: string | undefined
  readonly failures: readonly FaultFailure[]
}

/** One run of the flow, in which one request meets the fault; without a fault it has to succeed. */
async function runOnce(
  flow: FaultFlow,
  { secrets = [], timeout = 60_000, settleTimeout = 10_000 }: InjectFaultsOptions,
  pool: Dispatcher,
  given?: { readonly kind: string; readonly fault: Fault; readonly request: number },
): Promise<Run> {
  const failures: FaultFailure[] = []
  let place = 'opening'
  await using faulty = await faultyDispatcher(pool)
  const fail = (kind: FaultFailure['kind'], what: string): void => {
    const fault = given ? { fault: given.kind, request: faulty.hit ?? '' } : {}
    failures.push({ kind, ...fault, place, what })
  }
  const seen: string[] = []
  const see = (output: unknown): void => {
    seen.push(shown(output))
  }
  const { dispatcher, clock } = faulty
  await using world = await flow.world({ dispatcher, clock, logger: searchedLogger(see), see })
  const before = faulty.requests.length
  if (given) faulty.plant(given.fault, given.request)

  const steps = async (): Promise<void> => {
    for (const step of world.steps) {
      place = step.name
      try {
        await step.run()
      } catch (error) {
        see(error)
        if (!given || !faulty.hit) fail('failed', shown(error))
        else if (!(error instanceof EnvironsError) || error.message === '') fail('untyped', shown(error))
        return
      } finally {
        const machines = (await world.machines?.()) ?? []
        const twice = machines.filter((machine, index) => machines.indexOf(machine) !== index)
        if (twice.length > 0) fail('duplicate', `more than one instance of machine ${twice.join(', ')}`)
      }
    }
  }
  if ((await within(timeout, steps())) === 'too late') fail('hang', `not over after ${timeout} ms`)
  const requests = faulty.requests.length - before
  faulty.clear()

  const cleanup = async (): Promise<void> => {
    try {
      await world.cleanup()
    } catch (error) {
      fail('failed', `the clean-up: ${shown(error)}`)
    }
    const left = await leftIn(world, settleTimeout)
    if (left.length > 0) fail('leak', left.join(', '))
  }
  if ((await within(timeout, cleanup())) === 'too late') fail('hang', 'the clean-up is not over')
  const shownSecrets = secretsIn(seen.join('\n'), [...secrets, ...faulty.credentials])
  if (shownSecrets.length > 0) fail('secret', `${shownSecrets.length} secrets can be seen`)
  return { requests, hit: faulty.hit, failures }
}

/**
 * Runs the flow once for each of its requests and each kind of fault, and looks after each whether it ended with success
 * or an error of the family, no machine has two instances, cleaning up leaves nothing, no promise was forgotten, and no
 * secret can be seen. Nothing that is found ends it: all is in the report.
 */
export async function injectFaults(flow: FaultFlow, options: InjectFaultsOptions = {}): Promise<FaultReport> {
  const { kinds = FAULTS, atOnce = 4 } = options
  const { Agent } = await import('undici')
  const pool = new Agent()
  const failures: FaultFailure[] = []
  const unhandled = (error: unknown): void => {
    failures.push({ kind: 'unhandled', place: 'somewhere', what: shown(error) })
  }
  process.on('unhandledRejection', unhandled)
  try {
    const sound = await runOnce(flow, options, pool)
    failures.push(...sound.failures)
    let cases = 0
    const left = Object.entries(kinds).values()
    const worker = async (): Promise<void> => {
      for (const [kind, fault] of left) {
        // Until it meets the fault, the flow is the sound one: there is no later request to fail.
        for (let request = 0; request < sound.requests; request++) {
          const run = await runOnce(flow, options, pool, { kind, fault, request })
          failures.push(...run.failures)
          if (run.hit !== undefined) cases++
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return { flow: flow.name, requests: sound.requests, kinds: Object.keys(kinds).length, cases, failures }
  } finally {
    process.off('unhandledRejection', unhandled)
    await pool.destroy()
  }
}
