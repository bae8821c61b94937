import type { APIInfo } from './bootstrap.ts'
import { ADDRESSES_REFRESH_ATTEMPT } from './constants.ts'
import type { Environ } from './environ.ts'
import { EnvironsError, findError, NotFoundError, PartialInstancesError } from './errors.ts'
import type { Instance } from './instance.ts'
import type { Address } from './network.ts'
import type { CallOptions } from './options.ts'
import type { Clock } from './services.ts'

/** `host:port`, with IPv6 hosts in brackets. */
export function hostPort(address: Pick<Address, 'value' | 'type'>, port: number): string {
  return address.type === 'ipv6' ? `[${address.value}]:${port}` : `${address.value}:${port}`
}

async function found(
  environ: Environ,
  ids: readonly string[],
  options?: CallOptions,
): Promise<readonly Instance[]> {
  try {
    return await environ.instances(ids, options)
  } catch (error) {
    const partial = findError(error, PartialInstancesError)
    if (!partial) throw error
    return partial.instances.filter((instance) => instance !== undefined)
  }
}

interface Look {
  readonly addresses: readonly Address[]
  /** Why the cloud does not tell those of an instance. */
  readonly refused: unknown
}

async function look(environ: Environ, ids: readonly string[], { signal }: CallOptions): Promise<Look> {
  const instances = await found(environ, ids, { signal })
  const broken = instances.find(({ status }) => status.state === 'provisioning-error')
  if (broken && instances.every(({ status }) => status.state === 'provisioning-error')) {
    throw new EnvironsError(`instance ${broken.id} failed: ${broken.status.message}`, {
      operation: 'waitForAddresses',
      resource: `instance ${broken.id}`,
      hint: 'destroy it and try again',
    })
  }
  const answers = await Promise.allSettled(instances.map((instance) => instance.addresses({ signal })))
  signal?.throwIfAborted()
  return {
    addresses: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    refused: answers.find((answer) => answer.status === 'rejected')?.reason,
  }
}

/**
 * The addresses that these instances have now; empty while there are none, or the cloud tells of none.
 * @throws EnvironsError when all of them came to an error
 */
export async function addressesOf(
  environ: Environ,
  ids: readonly string[],
  options: CallOptions = {},
): Promise<readonly Address[]> {
  return (await look(environ, ids, options)).addresses
}

/**
 * Waits until one of these instances has addresses, and gives all that they have then.
 * @throws EnvironsError when all of them came to an error, NotFoundError when there is no address in time
 */
export async function waitForAddresses(
  environ: Environ,
  ids: readonly string[],
  clock: Clock,
  options?: CallOptions & { readonly total?: number; readonly delay?: number },
): Promise<readonly Address[]> {
  const {
    total = ADDRESSES_REFRESH_ATTEMPT.total,
    delay = ADDRESSES_REFRESH_ATTEMPT.delay,
    signal,
  } = options ?? {}
  const deadline = clock.now() + total
  for (;;) {
    const { addresses, refused } = await look(environ, ids, { signal })
    if (addresses.length > 0) return addresses
    if (clock.now() + delay > deadline) {
      throw new NotFoundError(
        `no addresses for instances ${ids.join(', ')} after ${Math.round(total / 1000)} s`,
        {
          cause: refused,
          operation: 'waitForAddresses',
          hint: 'see in the cloud whether the instances have a port on a network with a subnet',
        },
      )
    }
    await clock.sleep(delay, { signal })
  }
}

/**
 * Where a controller's API is (Juju: `APIInfo`). Waits up to 3 minutes for addresses.
 * @throws NoInstancesError when the controller has no instance, NotFoundError when none gets an address
 */
export async function apiInfo(
  controllerUuid: string,
  modelUuid: string,
  caCert: string,
  apiPort: number,
  environ: Environ,
  options: CallOptions & { readonly clock: Clock },
): Promise<APIInfo> {
  const ids = await environ.controllerInstances(controllerUuid, options)
  const addresses = await waitForAddresses(environ, ids, options.clock, options)
  return {
    addresses: addresses.map((address) => hostPort(address, apiPort)),
    caCert,
    modelUuid,
    controllerUuid,
  }
}
