import type { Secret } from '../cloud/secret.ts'
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
  /** Public SSH keys of authorities: whoever has a certificate of one for the user may log in. */
  readonly trustedUserCaKeys?: readonly string[]
  /** PEM; authorities that the machine trusts besides those of its image. */
  readonly caCertificates?: readonly string[]
  /** For whoever logs in. */
  readonly proxies?: ProxySettings
  /** For the agent, and for its download. */
  readonly agentProxies?: ProxySettings
  readonly aptProxies?: ProxySettings
  /** URL that apt gets packages from. Default: the image's. */
  readonly aptMirror?: string
  /** Whether the machine updates its list of packages. Default: false. */
  readonly enableOsRefreshUpdate?: boolean
  /** Whether the machine upgrades its packages. Default: false. */
  readonly enableOsUpgrade?: boolean
  /** The user's own cloud-config; see the model's attribute. */
  readonly cloudinitUserdata?: string
  readonly agentBinary?: AgentBinary
  /** What makes a controller of the machine. It goes there over SSH, and never with the user data. */
  readonly controller?: ControllerSetup
}

/** How something reaches the network (Juju: `proxy.Settings`). */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  readonly ftp?: string
  /** Hosts, domains and CIDRs that are reached without. */
  readonly noProxy?: readonly string[]
}

/** What a controller's agent is told, and the key to bring it with (Juju: `BootstrapConfig`). */
export interface ControllerSetup {
  /** The text of `agent.conf`. */
  readonly agentConfig: Secret
  /** Of one of the authorized keys; OpenSSH's format. */
  readonly sshPrivateKey: Secret
}

/** An SSH host key pair; the private half is written to the machine and nowhere else. */
export interface SshHostKey {
  readonly type: 'ed25519' | 'ecdsa' | 'rsa'
  /** OpenSSH's private key format. */
  readonly privateKey: Secret
  /** One line of `known_hosts` without the host. */
  readonly publicKey: string
}
