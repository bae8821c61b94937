import { join } from 'node:path'
import type { Secret } from '../cloud/secret.ts'
import type { SshHostKey } from '../environ/instance-config.ts'
import type { CallOptions } from '../environ/options.ts'
import { YamlFile } from '../files/yaml-file.ts'
import type * as AccountFormat from './account-format.ts'

/** What a bootstrap needs to go on where it was interrupted. It is forgotten when the controller is ready. */
export interface PendingBootstrap {
  /** PEM; of the controller's certificate. */
  readonly serverCert: string
  readonly serverKey: Secret
  /** What the controller's machine has, private halves included. */
  readonly sshHostKeys: readonly SshHostKey[]
  readonly machineNonce: string
  /** Where the machine is to be, and what it is to be like: as texts. */
  readonly placement?: string
  /** Id of the image that was asked for. */
  readonly image?: string
  readonly constraints: string
  readonly modelConstraints: string
  readonly base: string
}

/** What lets this client into a controller (Juju: `accounts.yaml`). */
export interface ControllerAccount {
  /** `admin@local` */
  readonly user: string
  readonly password: Secret
  /** For SSH to the controller's machine; OpenSSH's format. */
  readonly sshPrivateKey: Secret
  /** PEM: signs the controller's certificates. */
  readonly caPrivateKey: Secret
  readonly pending?: PendingBootstrap
}

/** Keeps the secrets of controllers on this client, by the controller's name. */
export interface AccountStore {
  get(controller: string, options?: CallOptions): Promise<ControllerAccount | undefined>
  put(controller: string, account: ControllerAccount): Promise<void>
  /** A name that is not there is no error. */
  remove(controller: string): Promise<void>
}

const FILE = 'accounts.yaml'
const ROOT = 'controllers'

/** Keeps them in `accounts.yaml`, of mode 0600. */
export class FileAccountStore implements AccountStore {
  readonly #file: YamlFile

  constructor(directory: string) {
    this.#file = new YamlFile(join(directory, FILE), {
      plainText: true,
      hint: 'correct the file; without it nobody can log in to the controllers that it names',
    })
  }

  async get(controller: string): Promise<ControllerAccount | undefined> {
    const [content, format] = await Promise.all([this.#file.read(), import('./account-format.ts')])
    return this.#accounts(content.data, format)[controller]
  }

  async put(controller: string, account: ControllerAccount): Promise<void> {
    const format = await import('./account-format.ts')
    await this.#file.change((content) => {
      this.#accounts(content.data, format)
      content.set([ROOT, controller], format.accountDocument(account))
    })
  }

  async remove(controller: string): Promise<void> {
    // Nothing is written where nothing was kept.
    if (!(await this.#file.read()).keys([ROOT]).includes(controller)) return
    await this.#file.change((content) => content.set([ROOT, controller], undefined))
  }

  #accounts(
    data: unknown,
    { accountsDocument }: typeof AccountFormat,
  ): Readonly<Record<string, ControllerAccount>> {
    const result = accountsDocument.safeParse(data)
    if (result.success) return result.data.controllers
    const [issue] = result.error.issues
    throw this.#file.unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
}
