import { setMaxListeners } from 'node:events'
import type { ControllerStore } from '../bootstrap/index.ts'
import {
  type CallOptions,
  type Clock,
  type Environ,
  type InstanceId,
  type InstanceState,
  keepsMachineResources,
  type MachineResource,
  type RandomSource,
} from '../environ/index.ts'
import { type Claim, Claims } from './claims.ts'
import type {
  MachineEvent,
  MachineOutcome,
  MachineParams,
  StartedMachine,
  StartMachinesOptions,
} from './machine.ts'
import { brokenMachines, instancesByMachine } from './machine-instances.ts'
import { MachineRecords, withMachines } from './machine-records.ts'
import { type Batch, MachineStarter } from './machine-starter.ts'
import { findLeftovers, findOrphans, type Orphan } from './orphans.ts'
import { type ImagesFinder, prepareAll, type Wanted } from './prepare-machine.ts'
import { reserve } from './reserve.ts'
import { isPermanent, retrying } from './retry.ts'
import { SharedList } from './shared-list.ts'
import { Slots } from './slots.ts'
import { ZonePopulation } from './zone-population.ts'

/** Juju's `num-provision-workers`. */
const CONCURRENCY = 16
const RETRIES = 10
/** Milliseconds. */
const RETRY_DELAY = 10_000

/** How starting a machine is watched and ended. */
export interface StartMachineOptions extends CallOptions {
  readonly onStatus?: (state: InstanceState, info: string) => void
}

/** What a {@link Provisioner} works with. */
export interface ProvisionerServices {
  readonly store: ControllerStore
  readonly images: ImagesFinder
  readonly random: RandomSource
  readonly clock: Clock
}

/** Starts machines in a controller's model: an id of their own, tags, nonce, zone, a record in the store. */
export class Provisioner {
  readonly #services: ProvisionerServices
  readonly #claims = new Claims()
  /** Tells what this one starts from what others do. */
  readonly #runtime: string

  constructor(services: ProvisionerServices) {
    this.#services = services
    this.#runtime = services.random.uuid()
  }

  /**
   * Starts one machine; it is tried once.
   * @throws what `startInstance` throws; nothing is left behind, and the machine's id is not used again
   */
  async startMachine(
    controllerName: string,
    environ: Environ,
    params: Omit<MachineParams, 'machineId'> = {},
    { signal, onStatus }: StartMachineOptions = {},
  ): Promise<StartedMachine> {
    const onProgress = (event: MachineEvent): void => {
      if (event.kind === 'status') onStatus?.(event.state, event.message)
    }
    const options = { signal, onProgress, retries: 0 }
    const [outcome] = await this.startMachines(controllerName, environ, [params], options)
    if (outcome?.status === 'started') {
      const { status: _, attempts: __, ...machine } = outcome
      return machine
    }
    throw outcome?.status === 'failed' ? outcome.error : signal?.reason
  }

  /**
   * Starts many machines, some at a time. A machine that is asked for by an id that has an instance is that instance.
   * One failure ends nothing but its own machine: a failure that may pass is tried again, after the zones that are left.
   * When the signal is aborted, what runs stays, the rest is undone and `cancelled`.
   * @returns one outcome for each machine, in their order
   * @throws NotFoundError for an unknown controller, and when the model's instances cannot be listed; nothing was begun
   */
  async startMachines(
    controllerName: string,
    environ: Environ,
    machines: readonly MachineParams[],
    options: StartMachinesOptions = {},
  ): Promise<readonly MachineOutcome[]> {
    // Before anything is waited for, and before instances are listed: who comes later waits for this call.
    const wanted = machines.map((params): Wanted => {
      const { machineId } = params
      return { params, machineId, claim: this.#claim(environ, machineId) }
    })
    try {
      return await this.#start(controllerName, environ, wanted, options)
    } finally {
      for (const { claim } of wanted) claim?.settle()
    }
  }

  /** Stops instances and forgets the machines that they were. */
  async stopInstances(
    controllerName: string,
    environ: Environ,
    ids: readonly InstanceId[],
    options?: CallOptions,
  ): Promise<void> {
    await environ.stopInstances(ids, options)
    await this.#services.store.update(controllerName, (details) =>
      withMachines(
        details,
        new Map(
          Object.entries(details.machines ?? {}).flatMap(([machineId, record]) =>
            'instanceId' in record && ids.includes(record.instanceId) ? [[machineId, undefined]] : [],
          ),
        ),
      ),
    )
  }

  /** Instances of the model that are tagged as this controller's and that no record owns. */
  async findOrphans(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly Orphan[]> {
    const { store, clock } = this.#services
    return await findOrphans(controllerName, environ, { store, clock }, options)
  }

  /** What machines left beside their instances, and nobody owns. */
  async findLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]> {
    const { store, clock } = this.#services
    return await findLeftovers(controllerName, environ, { store, clock }, options)
  }

  /** Removes what {@link findLeftovers} finds; gives what that was. */
  async removeLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]> {
    const leftovers = await this.findLeftovers(controllerName, environ, options)
    if (leftovers.length > 0 && keepsMachineResources(environ)) {
      await environ.removeMachineResources([...new Set(leftovers.map(({ machineId }) => machineId))], options)
    }
    return leftovers
  }

  async #start(
    controllerName: string,
    environ: Environ,
    wanted: readonly Wanted[],
    options: StartMachinesOptions,
  ): Promise<readonly MachineOutcome[]> {
    const { store, images, random, clock } = this.#services
    const { signal, retries = RETRIES, retryDelay = RETRY_DELAY, concurrency = CONCURRENCY } = options
    // All machines wait on it; Node would take the eleventh for a leak.
    if (signal) setMaxListeners(0, signal)
    const policy = { clock, retries, retryDelay, signal }
    const { uuid, machines } = await store.get(controllerName)
    const instances = await retrying(policy, () => environ.allInstances({ signal }))
    const existing = instancesByMachine(instances, machines)
    for (const machine of wanted) {
      const { machineId, claim } = machine
      if (machineId !== undefined && !claim?.late) machine.existing = existing.get(machineId)
    }
    await prepareAll(environ, wanted, images, policy)
    const runtime = this.#runtime
    const records = new MachineRecords(store, controllerName, clock, { runtime })
    const reservation = { ...policy, store, controllerName, environ, records, runtime, seen: machines }
    await reserve(wanted, reservation)
    for (const machine of wanted) {
      if (!machine.outcome) machine.claim ??= this.#claim(environ, machine.machineId)
    }
    using _ = records.keepAlive()
    const batch: Batch = {
      ...policy,
      environ,
      controllerUuid: uuid,
      random,
      records,
      instances: new SharedList(environ),
      zones: new ZonePopulation(instances, random),
      instanceIds: new Map([...existing].map(([machineId, { id }]) => [machineId, id])),
      isPermanent,
      tell: quietly(options.onProgress),
    }
    const slots = new Slots(concurrency)
    const broken = brokenMachines(instances)
    return await Promise.all(
      wanted.map(async (machine) => {
        const leftOver = broken.has(machine.machineId ?? '')
        const outcome = machine.outcome ?? (await outcomeOf(machine, batch, slots, leftOver))
        machine.claim?.settle('instance' in outcome ? outcome.instance : undefined)
        tellDone(batch, outcome)
        return outcome
      }),
    )
  }

  #claim(environ: Environ, machineId: string | undefined): Claim | undefined {
    return machineId === undefined ? undefined : this.#claims.claim(`${environ.config().uuid}/${machineId}`)
  }
}

async function outcomeOf(
  { machineId = '', claim, existing, prepared, params }: Wanted,
  batch: Batch,
  slots: Slots,
  leftOver: boolean,
): Promise<MachineOutcome> {
  const instance = claim?.late ? await claim.previous(batch.signal) : existing
  if (instance) return { status: 'existing', machineId, instance }
  if (!prepared || (claim?.late && batch.signal?.aborted)) return { status: 'cancelled', machineId }
  const { distributionGroup = [] } = params
  // Whoever was at it before has failed since the instances were listed, and has removed its record.
  const state = claim?.late ? { recorded: false, leftOver: true } : { recorded: true, leftOver }
  const machine = { ...state, machineId, distributionGroup, prepare: async () => prepared }
  return await new MachineStarter(batch, machine).start(slots)
}

/** A listener that throws must not come between a failure and the removal of what was made. */
const quietly =
  (listener: StartMachinesOptions['onProgress']): Batch['tell'] =>
  (event) => {
    try {
      listener?.(event)
    } catch {
      // It is the listener's own affair.
    }
  }

const SUMMARY: { readonly [S in MachineOutcome['status']]: string } = {
  started: 'is started',
  existing: 'exists already',
  failed: 'could not be started',
  cancelled: 'is not started: cancelled',
}

function tellDone(batch: Batch, outcome: MachineOutcome): void {
  const { machineId, status } = outcome
  if (machineId === undefined) return
  const reason = status === 'failed' ? `: ${outcome.error.message}` : ''
  batch.tell({
    kind: 'done',
    machineId,
    outcome,
    message: `Machine ${machineId} ${SUMMARY[status]}${reason}`,
  })
}
