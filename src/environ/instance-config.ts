import type { AgentBinary } from './agents.ts'

/** An operating system and its version (Juju: `base.Base`): `{ os: 'ubuntu', version: '24.04' }`. */
export interface Base {
  readonly os: string
  readonly version: string
}

/** What a machine is to become (Juju: `instancecfg.InstanceConfig`); rendered into its user data. */
export interface InstanceConfig {
  /** Id within the model: `0`. Never used twice. */
  readonly machineId: string
  /**
   * Written on the machine last of all, and compared before it is trusted: it tells this start of the machine from any
   * other one with the same id. Required.
   */
  readonly machineNonce: string
  readonly controllerUuid: string
  readonly modelUuid: string
  readonly isController: boolean
  readonly base: Base
  /** Tags of the instance; see `resourceTags`. */
  readonly tags: Readonly<Record<string, string>>
  /** Public SSH keys that may log in, one a line. */
  readonly authorizedKeys: string
  /** SSH host keys that the machine is to have, so that its user can pin them. */
  readonly sshHostKeys?: readonly SshHostKey[]
  readonly agentBinary?: AgentBinary
}

/** An SSH host key pair; the private half is written to the machine and nowhere else. */
export interface SshHostKey {
  readonly type: 'ed25519' | 'ecdsa' | 'rsa'
  /** OpenSSH's private key format. */
  readonly privateKey: string
  /** One line of `known_hosts` without the host. */
  readonly publicKey: string
}
