import {
  type Base,
  type CallOptions,
  type Clock,
  type Constraints,
  deadline,
  EnvironsError,
  formatBase,
  NotSupportedError,
  NotValidError,
  QuotaExceededError,
  type StartInstanceParams,
  type StartInstanceResult,
  withAgent,
  ZoneIndependentError,
} from 'cloud-environs/provider'
import type { ConnectedHost } from './connection.ts'
import { claim, type Enrolment, enrolledError, hasAgentError, newEnrolment, release } from './enrolment.ts'
import type { Host } from './host.ts'
import { type Connect, inspect } from './hosts.ts'
import { instanceOn } from './instance.ts'
import type { Machine } from './machine.ts'
import { filesToRemove, type HostSetup, hostSetup, setUpHost } from './user-data.ts'

/** How long giving a host back after a failure may take. */
const UNDO_MS = 180_000

/** What an instance is started with. */
export interface StartContext {
  readonly connect: Connect
  readonly clock: Clock
}

const lacks = (machine: Machine, what: string): NotValidError =>
  new NotValidError(`host ${machine.host.address} has ${what}`, { resource: `host ${machine.host.address}` })

/** Why a host will not do, whoever asks. */
export function mismatch(
  machine: Machine,
  base: Base,
  { arch, cores = 0, mem = 0, rootDisk = 0 }: Constraints,
): EnvironsError | undefined {
  const { os, version, hardware } = machine
  if (os !== base.os || version !== base.version) {
    return new NotValidError(
      `host ${machine.host.address} runs ${os} ${version}, and not ${base.os} ${base.version}`,
      {
        resource: `host ${machine.host.address}`,
        hint: `ask for "${formatBase({ os, version })}": --base, or default-base of the model`,
      },
    )
  }
  if (arch && hardware.arch !== arch)
    return lacks(machine, `the architecture ${hardware.arch}, and not ${arch}`)
  if (hardware.cpuCores < cores)
    return lacks(machine, `${hardware.cpuCores} cores, of ${cores} that are wanted`)
  if (hardware.mem < mem) return lacks(machine, `${hardware.mem} MiB of memory, of ${mem} that are wanted`)
  return hardware.rootDisk < rootDisk
    ? lacks(machine, `a disk of ${hardware.rootDisk} MiB, of ${rootDisk} that are wanted`)
    : undefined
}

/** Why a host cannot be taken now. */
export function occupied({ host, enrolment, hasAgent }: Machine): EnvironsError | undefined {
  if (enrolment) return enrolledError(host.address, enrolment)
  return hasAgent ? hasAgentError(host.address) : undefined
}

/** What none of the hosts could be taken for. */
export function noHost(failures: readonly EnvironsError[]): EnvironsError {
  const [only, ...others] = failures
  if (only && others.length === 0) return only
  const reasons = failures.map(({ message }) => message).join('; ')
  const cause = new AggregateError(failures)
  const isHopeless = failures.length > 0 && failures.every((error) => error instanceof NotValidError)
  if (isHopeless) return new NotValidError(`no host will do: ${reasons}`, { cause })
  return new QuotaExceededError(failures.length > 0 ? `no host is free: ${reasons}` : 'there are no hosts', {
    cause,
    operation: 'startInstance',
    hint: 'add hosts to "hosts" of the model, or stop instances',
  })
}

/** A host that can be taken, and what it is to be told. */
interface Candidate {
  readonly machine: Machine
  readonly setup: HostSetup
  readonly enrolment: Enrolment
}

/** Takes one host after the other until one can be taken. */
export class InstanceStart {
  readonly #context: StartContext
  readonly #params: StartInstanceParams
  readonly #options: CallOptions

  constructor(context: StartContext, params: StartInstanceParams, options: CallOptions) {
    this.#context = context
    this.#params = params
    this.#options = options
  }

  /** @throws the error of the only host, QuotaExceededError when none of several is free */
  async onFirstOf(hosts: readonly Host[]): Promise<StartInstanceResult> {
    const failures: EnvironsError[] = []
    for (const host of hosts) {
      const candidate = await this.#look(host)
      const result = candidate instanceof EnvironsError ? candidate : await this.#enrol(candidate)
      if (!(result instanceof EnvironsError)) return result
      failures.push(result)
      this.#tell(`passing over host ${host.address}: ${result.message}`)
    }
    throw new ZoneIndependentError(noHost(failures))
  }

  /** Gives the error when another host may do better. */
  async #look(host: Host): Promise<Candidate | EnvironsError> {
    const { instanceConfig, constraints, tools } = this.#params
    try {
      const machine = await inspect(this.#context.connect, host, this.#options)
      const refusal = occupied(machine) ?? mismatch(machine, instanceConfig.base, constraints)
      if (refusal) return refusal
      const setup = await hostSetup(withAgent(instanceConfig, tools, machine.hardware.arch))
      const enrolment = newEnrolment({
        tags: instanceConfig.tags,
        nonce: instanceConfig.machineNonce,
        files: filesToRemove(setup),
        madeUser: !machine.hasUser,
      })
      return { machine, setup, enrolment }
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      if (error instanceof EnvironsError && !(error instanceof NotSupportedError)) return error
      throw error
    }
  }

  /** Gives the error when the host was taken by somebody else, or cannot be. */
  async #enrol({ machine, setup, enrolment }: Candidate): Promise<StartInstanceResult | EnvironsError> {
    const { host, hardware } = machine
    const options = this.#options
    this.#tell(`enrolling host ${host.address}`)
    options.signal?.throwIfAborted()
    await using connected = await this.#context.connect(host, options)
    const refusal = await this.#orRelease(host, enrolment, () => claim(connected, enrolment, options))
    if (refusal) return refusal
    await this.#orRelease(host, enrolment, () => this.#setUp(connected, setup))
    return { instance: instanceOn({ ...machine, isReady: true }, enrolment), hardware }
  }

  async #setUp(connected: ConnectedHost, setup: HostSetup): Promise<void> {
    this.#tell(`setting up host ${connected.host.address}`)
    await setUpHost(connected, setup, this.#options)
    this.#options.signal?.throwIfAborted()
  }

  /** A failure gives the host back, whether or not it had been taken yet. */
  async #orRelease<T>(host: Host, enrolment: Enrolment, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      const reason = this.#options.signal?.aborted ? this.#options.signal.reason : error
      throw await this.#undo(host, enrolment, reason)
    }
  }

  /** Gives the error to throw: the first one, which also says what could not be undone. */
  async #undo(host: Host, enrolment: Enrolment, reason: unknown): Promise<unknown> {
    // Not the caller's signal: that may be what ended the start. Nor the connection: it may be lost.
    using limit = deadline(this.#context.clock, UNDO_MS, `host ${host.address} was not given back in time`)
    const { signal } = limit
    try {
      await using again = await this.#context.connect(host, { signal })
      await release(again, enrolment, { signal })
      return reason
    } catch (error) {
      const message = reason instanceof Error ? reason.message : String(reason)
      return new EnvironsError(`${message}; and host ${host.address} could not be given back`, {
        cause: new AggregateError([reason, error]),
        operation: 'startInstance',
        resource: `host ${host.address}`,
        hint: 'collect what no machine owns ("environs gc") to try again',
      })
    }
  }

  #tell(message: string): void {
    this.#params.statusCallback?.('allocating', message)
  }
}
