import type { CloudSpec } from '../cloud/spec.ts'
import type { Clock, HostEnvironment, ProviderPlugin } from '../environ/index.ts'
import type { Trial } from './trial.ts'

/** What servers are hosted with, by the cloud's ids. The network may have others on it; it is not removed. */
export interface HostingPlace {
  readonly networkId: string
  readonly imageId: string
  readonly instanceTypeId: string
}

/** A provider, and a cloud that it is tried on. */
export interface ProviderUnderTest {
  readonly plugin: ProviderPlugin
  readonly cloud: CloudSpec
  /** Attributes that models on this cloud need. */
  readonly modelConfig?: Readonly<Record<string, unknown>>
  /** For a provider that hosts servers. Default: that is not tried. */
  readonly hosting?: HostingPlace
  /** Time for those who wait for the cloud. Default: the real one. */
  readonly clock?: Clock
  /** Where credentials and clouds are detected. Default: this process. */
  readonly host?: HostEnvironment
  /** Names of all that is in the cloud. What was there before a case may stay. Absent: only environs are asked. */
  inventory?(): readonly string[] | Promise<readonly string[]>
}

/** One thing that every provider promises. */
export interface ConformanceCase {
  /** Group and name; never changes: `lifecycle/stop-twice`. */
  readonly id: string
  /** What is promised. */
  readonly sentence: string
  /** Why it matters to those who use the provider. */
  readonly reason: string
  /** @throws anything, when the promise is not kept */
  run(trial: Trial): Promise<void>
}
