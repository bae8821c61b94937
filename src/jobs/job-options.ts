import type { CallOptions } from '../environ/index.ts'
import type { AgentWish, BootstrapControllerParams } from '../bootstrap/index.ts'

/** What holds for every job that is handed in. */
export interface JobOptions extends CallOptions {
  /** Default: a new one. A job of this id that was handed in already is given back, and nothing else happens. */
  readonly id?: string
  /** 0 to 9: of what waits for the same cloud, the smallest goes first. Default 5. */
  readonly priority?: number
}

/** How the machines of a job are tried again. */
export interface StartJobOptions extends JobOptions {
  /** Further attempts for each machine after the first. Default 10. */
  readonly retries?: number
  /**
   * Milliseconds between attempts. Default 10,000. It doubles from one attempt to the next when the cloud has no room,
   * and from a tenth of it when it asks for fewer requests; all machines of the cloud wait then.
   */
  readonly retryDelay?: number
}

/**
 * What a job bootstraps. The cloud and its credential are named, and looked up by the worker; of secrets and builds that
 * this process has in hand a job knows nothing.
 */
export interface BootstrapJobParams
  extends Pick<
      BootstrapControllerParams,
      | 'controllerName'
      | 'modelConfig'
      | 'controllerConfig'
      | 'modelConstraints'
      | 'bootstrapConstraints'
      | 'base'
      | 'placement'
      | 'bootstrapImage'
      | 'metadataSource'
    >,
    Omit<AgentWish, 'agentBuilds'> {
  /** As `environs clouds` lists it. */
  readonly cloud: string
  /** Default: the cloud's first. */
  readonly region?: string
  /** Default: the cloud's only one, or its default. */
  readonly credential?: string
}
