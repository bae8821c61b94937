import type { CallOptions, Environ, InstanceId } from '../environ/index.ts'
import { formatHardware } from '../instances/index.ts'
import { type Attempt, backOff, isHopeless } from './back-off.ts'
import type { MachineEvent, MachineOutcome, MachineParams } from './machine.ts'
import { instancesByMachine } from './machine-instances.ts'
import { MachineRecords, withMachines } from './machine-records.ts'
import { type FailedAttempt, MachineStarter, type ModelOfMachines } from './machine-starter.ts'
import { likeness, type PreparedMachine, prepareMachine } from './prepare-machine.ts'
import type { ProvisionerServices } from './provisioner.ts'
import { SharedList } from './shared-list.ts'
import { taskError } from './task-error.ts'
import { ZonePopulation } from './zone-population.ts'

/** How many checks of machines are remembered. */
const CHECKS = 100

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
  readonly #model: ModelOfMachines
  readonly #checks = new Map<string, Promise<PreparedMachine>>()

  private constructor(name: string, services: ProvisionerServices, model: ModelOfMachines) {
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
    const { store, clock, random } = services
    const { uuid: controllerUuid } = await store.get(controllerName)
    const instances = await environ.allInstances(options)
    return new JobMachines(controllerName, services, {
      environ,
      controllerUuid,
      random,
      records: new MachineRecords(store, controllerName, clock, { jobsOf: controllerUuid }),
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
    if (begunBefore || distributionGroup.length > 0) {
      const completed = await this.#completed(machineId, distributionGroup)
      if (completed) return { status: 'succeeded', result: completed }
    }
    const policy = { clock, retries, retryDelay, signal }
    const starter = new MachineStarter(
      { ...this.#model, ...policy, isPermanent: isHopeless, tell: quietly(options) },
      {
        machineId,
        distributionGroup,
        prepare: () => this.#prepare(params, options),
        recorded: true,
        leftOver: begunBefore || attempt > 1,
        attempts: attempt - 1,
      },
    )
    return writtenDown(await starter.attempt(), attempt, retryDelay)
  }

  /** What a record says was completed; one is written when a start is. Learns where the group's machines are, too. */
  async #completed(machineId: string, group: readonly string[]): Promise<StartedJobMachine | undefined> {
    const { machines = {} } = await this.#services.store.get(this.#name)
    for (const id of group) {
      const record = machines[id]
      if (record && 'instanceId' in record) this.#model.instanceIds.set(id, record.instanceId)
    }
    const record = machines[machineId]
    if (!record || !('instanceId' in record)) return undefined
    return { machine: machineId, instance: record.instanceId }
  }

  /** Once for all machines of a job that are alike. */
  #prepare(params: MachineParams, { job, signal, tell }: AttemptOptions): Promise<PreparedMachine> {
    const key = `${job} ${likeness(params)}`
    const known = this.#checks.get(key)
    if (known) return known
    const check = prepareMachine(this.#model.environ, params, this.#services.images, { signal })
    this.#checks.set(key, check)
    check.then(
      ({ unsupported }) => {
        if (unsupported.length > 0) tell(`unsupported constraints are ignored: ${unsupported.join(', ')}`)
      },
      () => this.#checks.delete(key),
    )
    const [oldest = ''] = this.#checks.keys()
    if (this.#checks.size > CHECKS) this.#checks.delete(oldest)
    return check
  }
}

/** What is worth being kept of thousands of machines. */
const quietly =
  ({ tell }: { readonly tell: (message: string) => void }) =>
  (event: MachineEvent): void => {
    if (event.kind === 'zone-failed') tell(event.message)
  }

function writtenDown(outcome: MachineOutcome | FailedAttempt, attempt: number, retryDelay: number): Attempt {
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
      return backOff(outcome.error, attempt, retryDelay)
    case 'failed':
      return { status: 'failed', error: taskError(outcome.error) }
    default:
      return { status: 'cancelled' }
  }
}
