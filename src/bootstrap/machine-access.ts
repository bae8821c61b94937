import type { Secret } from '../cloud/secret.ts'
import { INSTANCE_USER } from '../environ/constants.ts'
import { NotFoundError, UnavailableError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Dialer } from '../environ/services.ts'
import { SshConnection } from '../ssh/index.ts'
import type { AccountStore } from './account-store.ts'
import type { ControllerDetails } from './controller-store.ts'

const SSH_PORT = 22

/** How a controller's machine is logged in to. */
export interface ControllerMachineAccess {
  readonly user: string
  /** The address that answers. */
  readonly host: string
  /** OpenSSH's format. */
  readonly privateKey: Secret
  /** What the machine has to show: lines of `known_hosts` without the host. */
  readonly hostKeys: readonly string[]
  connect(options?: CallOptions): Promise<SshConnection>
}

async function answering(
  hosts: readonly string[],
  { dialer, signal }: CallOptions & { readonly dialer: Dialer },
): Promise<string> {
  const dial = async (host: string): Promise<string> => {
    const socket = await dialer.dial({ host, port: SSH_PORT }, { signal })
    socket.destroy()
    return host
  }
  try {
    return await Promise.any(hosts.map(dial))
  } catch (error) {
    signal?.throwIfAborted()
    throw new UnavailableError(`no SSH at ${hosts.join(', ')}`, {
      cause: error,
      hint: 'see whether port 22 of the machine can be reached from here',
    })
  }
}

/** @throws NotFoundError when the controller has no agent, and so no key of this client; UnavailableError */
export async function machineAccess(
  { name, apiEndpoints, sshHostKeys }: ControllerDetails,
  accounts: AccountStore,
  options: CallOptions & { readonly dialer: Dialer },
): Promise<ControllerMachineAccess> {
  const account = await accounts.get(name)
  if (!account || !sshHostKeys) {
    throw new NotFoundError(`the machine of controller "${name}" has no key of this client`, {
      resource: `controller "${name}"`,
      hint: 'it was bootstrapped without an agent, or on another machine; log in with a key of your own',
    })
  }
  const hosts = apiEndpoints.map((endpoint) =>
    new URL(`https://${endpoint}`).hostname.replace(/^\[|\]$/g, ''),
  )
  const host = await answering(hosts, options)
  const target = { user: INSTANCE_USER, host, privateKey: account.sshPrivateKey, hostKeys: sshHostKeys }
  return {
    ...target,
    connect: async ({ signal } = {}) => await SshConnection.open(target, { dialer: options.dialer, signal }),
  }
}
