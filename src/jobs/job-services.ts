import type {
  AgentWish,
  BootstrapControllerParams,
  BootstrapOptions,
  BootstrappedController,
  ControllerStore,
} from '../bootstrap/index.ts'
import type { CloudFinder } from '../cloud/finder.ts'
import type { CallOptions, Environ, InstanceId } from '../environ/index.ts'
import type { DurableRunner, ImagesFinder } from '../provisioner/index.ts'
import type { Clock, RandomSource } from '../environ/index.ts'

/** What is done with controllers, as the runtime does it. */
export interface Controllers {
  open(name: string, options?: CallOptions): Promise<Environ>
  bootstrap(params: BootstrapControllerParams, options: BootstrapOptions): Promise<BootstrappedController>
  resumeBootstrap(
    name: string,
    options: BootstrapOptions & Pick<AgentWish, 'agentVersion'>,
  ): Promise<BootstrappedController>
  destroy(name: string, options: CallOptions): Promise<void>
  stopInstances(
    name: string,
    environ: Environ,
    ids: readonly InstanceId[],
    options: CallOptions,
  ): Promise<void>
}

/** What jobs are done with. */
export interface JobServices {
  readonly runner: DurableRunner
  readonly clouds: Pick<CloudFinder, 'find'>
  readonly controllers: Controllers
  readonly provisioning: {
    readonly store: ControllerStore
    readonly images: ImagesFinder
    readonly random: RandomSource
    readonly clock: Clock
  }
  /** Name of this host. */
  readonly hostName: string
}
