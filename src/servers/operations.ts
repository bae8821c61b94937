/** Power and consoles of servers. Whoever may see a server may do this. */

import { supportsConsoles, supportsPower } from '../environ/capabilities.ts'
import { ConflictError, findError } from '../environ/errors.ts'
import type { InstanceId } from '../environ/instance.ts'
import type { ConsoleOutputOptions, ConsoleSession, RebootOptions } from '../environ/operations.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ServerId } from '../environ/server-hosting.ts'
import { checkSettled, ownRecord, requireHosted, type ServerServices } from './access.ts'
import { type ServerOperation, translating } from './failures.ts'
import { capable } from './rules.ts'
import type { ServerPhase } from './server.ts'
import type { ServerRecord } from './server-store.ts'

/** Does something with the instance of a server that is neither being made nor deleted. */
async function onInstance<T>(
  services: ServerServices,
  id: ServerId,
  operation: ServerOperation,
  options: CallOptions,
  call: (instance: InstanceId) => Promise<T>,
  phase?: ServerPhase,
): Promise<T> {
  const record = await ownRecord(services, id, 'read', options)
  checkSettled(record, operation)
  const translated = () =>
    translating(operation, record, options.signal, async () =>
      call((await requireHosted(services, record, options)).instanceId),
    )
  return phase === undefined ? await translated() : await expecting(services, record, phase, translated)
}

/** Shows the phase that a call leads to for as long as it takes. */
async function expecting<T>(
  { store: { servers }, clock }: ServerServices,
  record: ServerRecord,
  phase: ServerPhase,
  call: () => Promise<T>,
): Promise<T> {
  const hint = { phase, since: clock.now() }
  await servers.replace({ ...record, hint })
  try {
    return await call()
  } finally {
    const { hint: shown, ...rest } = (await servers.get(record.id)) ?? record
    // Whoever changes it at this moment has read it with the hint, which ends in time.
    if (shown?.since === hint.since) {
      await servers.replace(rest).catch((error: unknown) => {
        if (!findError(error, ConflictError)) throw error
      })
    }
  }
}

export async function start(
  services: ServerServices,
  id: ServerId,
  options: CallOptions = {},
): Promise<void> {
  const { power } = capable(services.environ, supportsPower, 'power')
  await onInstance(services, id, 'start', options, (instance) => power.start(instance, options), 'Pending')
}

export async function stop(services: ServerServices, id: ServerId, options: CallOptions = {}): Promise<void> {
  const { power } = capable(services.environ, supportsPower, 'power')
  await onInstance(services, id, 'stop', options, (instance) => power.stop(instance, options), 'Stopping')
}

export async function reboot(
  services: ServerServices,
  id: ServerId,
  { hard = false, ...options }: RebootOptions = {},
): Promise<void> {
  const { power } = capable(services.environ, supportsPower, 'power')
  const operation = hard ? 'hard reboot' : 'soft reboot'
  await onInstance(services, id, operation, options, (instance) =>
    power.reboot(instance, { hard, ...options }),
  )
}

export async function consoleOutput(
  services: ServerServices,
  id: ServerId,
  options: ConsoleOutputOptions = {},
): Promise<string> {
  const { consoles } = capable(services.environ, supportsConsoles, 'consoles')
  return await onInstance(services, id, 'console output', options, (instance) =>
    consoles.output(instance, options),
  )
}

export async function consoleSession(
  services: ServerServices,
  id: ServerId,
  options: CallOptions = {},
): Promise<ConsoleSession> {
  const { consoles } = capable(services.environ, supportsConsoles, 'consoles')
  return await onInstance(services, id, 'console session', options, (instance) =>
    consoles.session(instance, options),
  )
}
