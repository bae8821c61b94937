import type { CallOptions, Environ } from '../environ/index.ts'
import { type Job, JobMachines } from '../provisioner/index.ts'
import type { JobServices } from './job-services.ts'
import { checkController } from './known-controller.ts'

/** Whose model it is. */
type ModelOfJob = Pick<Job, 'controller' | 'model'>

/** A model as a worker has it open. */
interface OpenModel {
  readonly environ: Environ
  machines: Promise<JobMachines> | undefined
}

/** The controllers' models that a worker has to do with; each is opened once. */
export class Models implements AsyncDisposable {
  readonly #services: JobServices
  /** By their UUIDs: a controller may be another one than that of the same name was. */
  readonly #models = new Map<string, Promise<OpenModel>>()
  readonly #opened: Environ[] = []

  constructor(services: JobServices) {
    this.#services = services
  }

  /** @throws NotFoundError when the controller is gone, and what `openController` throws */
  async environ(of: ModelOfJob, options?: CallOptions): Promise<Environ> {
    return (await this.#model(of, options)).environ
  }

  /** @throws NotFoundError when the controller is gone, and what `openController` and `allInstances` throw */
  async machines(of: ModelOfJob): Promise<JobMachines> {
    const model = await this.#model(of)
    const machines =
      model.machines ?? JobMachines.open(of.controller, model.environ, this.#services.provisioning)
    model.machines = machines
    try {
      return await machines
    } catch (error) {
      model.machines = undefined
      throw error
    }
  }

  /** Has a model opened anew, with the credential as it is then, by whoever comes next. */
  forget({ model }: ModelOfJob): void {
    this.#models.delete(model)
  }

  /** Whoever is still at one is let go. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((environ) => environ[Symbol.asyncDispose]()))
  }

  async #model(of: ModelOfJob, options?: CallOptions): Promise<OpenModel> {
    const model = this.#models.get(of.model) ?? this.#open(of, options)
    this.#models.set(of.model, model)
    try {
      return await model
    } catch (error) {
      if (this.#models.get(of.model) === model) this.#models.delete(of.model)
      throw error
    }
  }

  async #open({ controller, model }: ModelOfJob, options?: CallOptions): Promise<OpenModel> {
    await checkController(this.#services.provisioning.store, { controller, model })
    const environ = await this.#services.controllers.open(controller, options)
    this.#opened.push(environ)
    return { environ, machines: undefined }
  }
}
