import type { DataSource } from './images.ts'
import type { CallOptions } from './options.ts'

/** An agent binary that a machine can download and run (Juju: `tools.Tools`). */
export interface AgentBinary {
  /** Version, operating system and architecture. */
  readonly version: string
  readonly os: string
  readonly arch: string
  readonly url: string
  /** Hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** An environ whose cloud itself names a place of agents (OpenStack: `juju-tools` of the catalog). */
export interface AgentDataSourceEnviron {
  /** @throws NotSupportedError when the cloud names none */
  agentDataSource(options?: CallOptions): Promise<DataSource>
}
