import type { MachineRecord } from '../bootstrap/index.ts'
import type { CallOptions, Environ, InstanceId } from '../environ/index.ts'
import { formatHardware } from '../instances/index.ts'
import { type Attempt, backOff, isHopeless } from './back-off.ts'
import type { MachineEvent, MachineOutcome, MachineParams } from './machine.ts'
import { instancesByMachine } from './machine-instances.ts'
import { MachineRecords, startedElsewhere, withMachines } from './machine-records.ts'
import { type FailedAttempt, MachineStarter, type ModelOfMachines } from './machine-starter.ts'
import { likeness, type PreparedMachine, prepareMachine } from './prepare-machine.ts'
import type { ProvisionerServices } from './provisioner.ts'
import { SharedList } from './shared-list.ts'
import { taskError } from './task-error.ts'
import { ZonePopulation } from './zone-population.ts'

/** How many checks of machines, and jobs, are remembered. */
const REMEMBERED = 100

/** A machine that was started, as it is written down. */
export type StartedJobMachine = {
  readonly machine: string
  readonly instance: InstanceId
  readonly zone?: string
  /** `arch=amd64 cores=2 mem=4096M` */
  readonly hardware?: string
}

/** Which attempt at a machine it is. */
export interface AttemptOptions {
  readonly job: string
  /** 1 is the first. */
  readonly attempt: number
  /** How many before it, one after the other, the cloud has refused as it would have everybody's. */
  readonly refused: number
  /** Whether somebody may have made something for it before. */
  readonly begunBefore: boolean
  /** Further attempts after the first. */
  readonly retries: number
  /** Milliseconds. */
  readonly retryDelay: number
  /** Aborted: what there is of it is removed. */
  readonly signal: AbortSignal
  readonly tell: (message: string) => void
}

/**
 * The machines of a controller's model that jobs start. Their records say so: each is its job's until it has an instance,
 * whichever worker is at it.
 */
export class JobMachines {
  readonly #name: string
  readonly #services: ProvisionerServices
  readonly #model: Omit<ModelOfMachines, 'records'>
  readonly #records = new Map<string, MachineRecords>()
  readonly #checks = new Map<string, Promise<PreparedMachine>>()

  private constructor(name: string, services: ProvisionerServices, model: Omit<ModelOfMachines, 'records'>) {
    this.#name = name
    this.#services = services
    this.#model = model
  }

  /** @throws NotFoundError for an unknown controller */
  static async open(
    controllerName: string,
    environ: Environ,
    services: ProvisionerServices,
    options?: CallOptions,
  ): Promise<JobMachines> {
    const { store, random } = services
    const { uuid: controllerUuid } = await store.get(controllerName)
    const instances = await environ.allInstances(options)
    return new JobMachines(controllerName, services, {
      environ,
      controllerUuid,
      random,
      instances: new SharedList(environ),
      zones: new ZonePopulation(instances, random),
      instanceIds: new Map(),
    })
  }

  /** Finds out whether such machines can be started at all. @throws what `precheckInstance` throws */
  static async check(
    environ: Environ,
    machines: readonly MachineParams[],
    { images }: Pick<ProvisionerServices, 'images'>,
    options: CallOptions = {},
  ): Promise<void> {
    const different = new Map(machines.map((machine) => [likeness(machine), machine]))
    for (const machine of different.values()) await prepareMachine(environ, machine, images, options)
  }

  /** The instance that a machine has already; when there is none, the machine is the job's from now on. */
  async existing(machineId: string, job: string): Promise<StartedJobMachine | null> {
    const { store } = this.#services
    const instances = await this.#model.instances.list()
    let found: InstanceId | undefined
    await store.update(this.#name, (known) => {
      found = instancesByMachine(instances, known.machines).get(machineId)?.id
      checkJob(machineId, known.machines?.[machineId], job)
      const record = found === undefined ? { job } : { instanceId: found }
      return withMachines(known, new Map([[machineId, record]]))
    })
    return found === undefined ? null : { machine: machineId, instance: found }
  }

  /** Tries once to start a machine. What may be there of earlier attempts is removed first, unless it was completed. */
  async attempt(machineId: string, params: MachineParams, options: AttemptOptions): Promise<Attempt> {
    const { clock } = this.#services
    const { attempt, begunBefore, signal, retries, retryDelay } = options
    const { distributionGroup = [] } = params
    // An attempt that failed may have been recorded all the same, by a store that could not say so.
    const mayBeThere = begunBefore || attempt > 1
    if (mayBeThere || distributionGroup.length > 0) {
      const completed = await this.#completed(machineId, options.job, distributionGroup)
      if (completed) return { status: 'succeeded', result: completed }
    }
    const policy = { clock, retries, retryDelay, signal }
    const starter = new MachineStarter(
      {
        ...this.#model,
        ...policy,
        records: this.#recordsOf(options.job),
        isPermanent: isHopeless,
        tell: quietly(options),
      },
      {
        machineId,
        distributionGroup,
        prepare: () => this.#prepare(params, options),
        recorded: true,
        leftOver: mayBeThere,
        attempts: attempt - 1,
      },
    )
    return writtenDown(await starter.attempt(), options)
  }

  /** What a record says was completed; one is written when a start is. Learns where the group's machines are, too. */
  async #completed(
    machineId: string,
    job: string,
    group: readonly string[],
  ): Promise<StartedJobMachine | undefined> {
    const { machines = {} } = await this.#services.store.get(this.#name)
    for (const id of group) {
      const record = machines[id]
      if (record && 'instanceId' in record) this.#model.instanceIds.set(id, record.instanceId)
    }
    const record = machines[machineId]
    checkJob(machineId, record, job)
    if (!record || !('instanceId' in record)) return undefined
    return { machine: machineId, instance: record.instanceId }
  }

  #recordsOf(job: string): MachineRecords {
    const { store, clock } = this.#services
    const owner = { job, controllerUuid: this.#model.controllerUuid }
    const records = this.#records.get(job) ?? new MachineRecords(store, this.#name, clock, owner)
    remember(this.#records, job, records)
    return records
  }

  /** Once for all machines of a job that are alike. */
  #prepare(params: MachineParams, { job, signal, tell }: AttemptOptions): Promise<PreparedMachine> {
    const key = `${job} ${likeness(params)}`
    const known = this.#checks.get(key)
    if (known) return known
    const check = prepareMachine(this.#model.environ, params, this.#services.images, { signal })
    remember(this.#checks, key, check)
    check.then(
      ({ unsupported }) => {
        if (unsupported.length > 0) tell(`unsupported constraints are ignored: ${unsupported.join(', ')}`)
      },
      () => this.#checks.delete(key),
    )
    return check
  }
}

/** @throws ConflictError when somebody else has a machine by now: the job was cancelled, and its id is another's */
function checkJob(machineId: string, record: MachineRecord | undefined, job: string): void {
  const elsewhere = record && !('instanceId' in record) && !('job' in record && record.job === job)
  if (elsewhere) throw startedElsewhere(machineId, record)
}

/** The oldest is forgotten. */
function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.set(key, value)
  const [oldest = ''] = known.keys()
  if (known.size > REMEMBERED) known.delete(oldest)
}

/** What is worth being kept of thousands of machines. */
const quietly =
  ({ tell }: { readonly tell: (message: string) => void }) =>
  (event: MachineEvent): void => {
    if (event.kind === 'zone-failed') tell(event.message)
  }

function writtenDown(
  outcome: MachineOutcome | FailedAttempt,
  { refused, retryDelay }: AttemptOptions,
): Attempt {
  switch (outcome.status) {
    case 'started': {
      const { machineId, instance, hardware } = outcome
      const zone = instance.availabilityZone
      const text = formatHardware(hardware)
      const started = {
        machine: machineId,
        instance: instance.id,
        ...(zone ? { zone } : {}),
        ...(text ? { hardware: text } : {}),
      }
      return { status: 'succeeded', result: started }
    }
    case 'again':
      return backOff(outcome.error, refused, retryDelay)
    case 'failed':
      return { status: 'failed', error: taskError(outcome.error) }
    default:
      return { status: 'cancelled' }
  }
}
