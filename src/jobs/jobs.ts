import { NotValidError, findError, NotFoundError } from '../environ/index.ts'
import type { InstanceId } from '../environ/index.ts'
import {
  type DurableRunner,
  type Job,
  type JobKind,
  JobMachines,
  type MachineParams,
  releaseFromJob,
  reserveForJob,
  type Task,
  type WorkOptions,
} from '../provisioner/index.ts'
import { bootstrapController, bootstrapTask, cloudOf } from './bootstrap-controller.ts'
import { destroyController } from './destroy-controller.ts'
import type { BootstrapJobParams, JobOptions, StartJobOptions } from './job-options.ts'
import type { JobServices } from './job-services.ts'
import { Models } from './models.ts'
import { startMachine, startTasks } from './start-machines.ts'
import { stopInstances, stopTasks } from './stop-instances.ts'
import { type TaskProgress, watched } from './watched.ts'

const DEFAULT_PRIORITY = 5

/** How this process works on jobs. */
export interface WorkerOptions extends Partial<WorkOptions> {
  /** Told what happens to the tasks that this worker does. */
  readonly onProgress?: (progress: TaskProgress) => void
}

/** What job it is, besides what everybody may say of it. */
interface JobSubject extends Pick<Job, 'kind' | 'controller' | 'model'> {
  readonly cloud: { readonly name: string; readonly region?: string }
}

const priorityOf = ({ priority = DEFAULT_PRIORITY }: JobOptions): number => {
  if (Number.isInteger(priority) && priority >= 0 && priority <= 9) return priority
  throw new NotValidError(`"${priority}" is not a priority`, {
    hint: 'give a number from 0, which goes first, to 9',
  })
}

/**
 * Work that outlives the process that asked for it: it is handed in as jobs, which workers do, here or elsewhere. Nothing
 * is lost or done twice when a worker dies. A job knows clouds and credentials by their names only; each worker looks them
 * up for itself.
 */
export class Jobs {
  /** Keeps the jobs: lists, follows, pauses, resumes and cancels them, and limits how many are done at a time. */
  readonly runner: DurableRunner
  readonly #services: JobServices

  constructor(services: JobServices) {
    this.runner = services.runner
    this.#services = services
  }

  /**
   * Hands in a job that starts machines in a controller's model, a task for each, by the machine's id; they are checked
   * before. Machines that have an instance already, when ids are given, are those.
   * @throws NotFoundError for an unknown controller, NotValidError and what else `precheckInstance` throws, ConflictError
   *   when a machine is in other hands; nothing was handed in then
   */
  async startMachines(
    controllerName: string,
    machines: readonly MachineParams[],
    options: StartJobOptions = {},
  ): Promise<Job> {
    const { controllers, provisioning } = this.#services
    const priority = priorityOf(options)
    if (machines.length === 0) throw new NotValidError('a job needs machines', { hint: 'give some' })
    return await this.#once('start', options, async (id) => {
      const { store } = provisioning
      const { cloud, modelConfig } = await store.get(controllerName)
      {
        await using environ = await controllers.open(controllerName, options)
        await JobMachines.check(environ, machines, provisioning, options)
      }
      const subject: JobSubject = {
        kind: 'start',
        controller: controllerName,
        model: modelConfig.uuid,
        cloud,
      }
      const ids = await reserveForJob(provisioning, controllerName, id, machines)
      try {
        return await this.#submit(id, subject, priority, startTasks(machines, ids, options), options)
      } catch (error) {
        await releaseFromJob(provisioning, { id, controller: controllerName })
        throw error
      }
    })
  }

  /** Hands in a job that stops instances of a controller's model, and forgets the machines that they were. */
  async stopInstances(
    controllerName: string,
    ids: readonly InstanceId[],
    options: JobOptions = {},
  ): Promise<Job> {
    const priority = priorityOf(options)
    if (ids.length === 0) throw new NotValidError('a job needs instances', { hint: 'give some' })
    return await this.#once('stop', options, async (id) => {
      const { cloud, modelConfig } = await this.#services.provisioning.store.get(controllerName)
      const subject: JobSubject = { kind: 'stop', controller: controllerName, model: modelConfig.uuid, cloud }
      return await this.#submit(id, subject, priority, stopTasks(ids), options)
    })
  }

  /**
   * Hands in a job that makes a controller on a fresh cloud; see `Environs.bootstrap`.
   * @throws NotFoundError when there is no such cloud or credential here, NotValidError for a secret in the configuration
   */
  async bootstrap(params: BootstrapJobParams, options: JobOptions = {}): Promise<Job> {
    const priority = priorityOf(options)
    const task = bootstrapTask(params)
    return await this.#once('bootstrap', options, async (id) => {
      const { controllerName: controller } = params
      const { spec: cloud } = await cloudOf(this.#services.clouds, params, options)
      const subject: JobSubject = { kind: 'bootstrap', controller, model: controller, cloud }
      return await this.#submit(id, subject, priority, [task], options)
    })
  }

  /** Hands in a job that destroys a controller and all of its models. @throws NotFoundError */
  async destroyController(name: string, options: JobOptions = {}): Promise<Job> {
    const priority = priorityOf(options)
    return await this.#once('destroy', options, async (id) => {
      const { cloud, modelConfig } = await this.#services.provisioning.store.get(name)
      const subject: JobSubject = { kind: 'destroy', controller: name, model: modelConfig.uuid, cloud }
      return await this.#submit(id, subject, priority, [{ id: 'controller', input: null }], options)
    })
  }

  /**
   * Does the tasks of jobs until the signal is aborted: this process is a worker then. Its name is this host's unless
   * another is given; see {@link DurableRunner.work}.
   */
  async work({ onProgress, ...options }: WorkerOptions = {}): Promise<void> {
    const services = this.#services
    await using models = new Models(services)
    const handlers = {
      start: startMachine(services, models),
      stop: stopInstances(services, models),
      bootstrap: bootstrapController(services),
      destroy: destroyController(services),
    }
    await this.runner.work(onProgress ? watched(handlers, onProgress) : handlers, {
      name: services.hostName,
      ...options,
    })
  }

  /** A job that was handed in under its id is handed in. */
  async #once(kind: JobKind, options: JobOptions, handIn: (id: string) => Promise<Job>): Promise<Job> {
    const { id } = options
    if (id === undefined) return await handIn(`${kind}-${this.#services.provisioning.random.hex(4)}`)
    try {
      return await this.runner.get(id, options)
    } catch (error) {
      if (!findError(error, NotFoundError)) throw error
      return await handIn(id)
    }
  }

  async #submit(
    id: string,
    { cloud, ...subject }: JobSubject,
    priority: number,
    tasks: readonly Task[],
    options: JobOptions,
  ): Promise<Job> {
    const job: Job = {
      ...subject,
      id,
      cloud: cloud.region === undefined ? cloud.name : `${cloud.name}/${cloud.region}`,
      priority,
      createdAt: this.#services.provisioning.clock.now(),
    }
    await this.runner.submit(job, tasks, options)
    return job
  }
}
