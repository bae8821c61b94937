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
