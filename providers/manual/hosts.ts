import {
  type CallOptions,
  EnvironsError,
  findError,
  type Instance,
  UntrustedError,
} from 'cloud-environs/provider'
import type { ConnectedHost } from './connection.ts'
import { type Enrolment, release } from './enrolment.ts'
import type { Host } from './host.ts'
import { instanceOn } from './instance.ts'
import { inspectHost, type Machine } from './machine.ts'

/** Logs in to a host. */
export type Connect = (host: Host, options: CallOptions) => Promise<ConnectedHost>

/** Asks a host what it is, and whose. */
export async function inspect(connect: Connect, host: Host, options: CallOptions): Promise<Machine> {
  await using connected = await connect(host, options)
  return await inspectHost(connected, options)
}

/**
 * Does the work on all hosts at once.
 * @throws when it failed on any, once it is over on all: a host that cannot be asked may be anybody's
 */
async function onEach<T>(
  hosts: readonly Host[],
  work: (host: Host) => Promise<T>,
  { signal }: CallOptions,
): Promise<readonly T[]> {
  const results = await Promise.allSettled(hosts.map(work))
  signal?.throwIfAborted()
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected'
      ? [{ address: hosts[index]?.address ?? '', error: result.reason as Error }]
      : [],
  )
  const [first, ...others] = failures
  if (!first) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const untrusted = failures.find(({ error }) => findError(error, UntrustedError))
  if (others.length === 0 || untrusted) throw (untrusted ?? first).error
  throw new EnvironsError(
    `${failures.length} of ${hosts.length} hosts cannot be asked: ${failures.map(({ address, error }) => `${address}: ${error.message}`).join('; ')}`,
    {
      cause: new AggregateError(failures.map(({ error }) => error)),
      hint: 'see to it that they answer; one that is gone for good is taken out of "hosts"',
    },
  )
}

/** Whether an enrolment of a host is meant. */
export type IsWanted = (enrolment: Enrolment, host: Host) => boolean

/** The enrolment of a machine, if it is one that is meant. */
function wantedOf({ host, enrolment }: Machine, isWanted: IsWanted): Enrolment | undefined {
  if (!enrolment || enrolment === 'unreadable') return undefined
  return isWanted(enrolment, host) ? enrolment : undefined
}

/** The instances on these hosts. */
export async function instancesOn(
  hosts: readonly Host[],
  connect: Connect,
  isWanted: IsWanted,
  options: CallOptions,
): Promise<readonly Instance[]> {
  const machines = await onEach(hosts, (host) => inspect(connect, host, options), options)
  return machines.flatMap((machine) => {
    const enrolment = wantedOf(machine, isWanted)
    return enrolment ? [instanceOn(machine, enrolment)] : []
  })
}

/** Gives back those of these hosts that are enrolled in such a way. */
export async function releaseHosts(
  hosts: readonly Host[],
  connect: Connect,
  isWanted: IsWanted,
  options: CallOptions,
): Promise<void> {
  const giveBack = async (host: Host): Promise<void> => {
    await using connected = await connect(host, options)
    const enrolment = wantedOf(await inspectHost(connected, options), isWanted)
    if (enrolment) await release(connected, enrolment, options)
  }
  await onEach(hosts, giveBack, options)
}
