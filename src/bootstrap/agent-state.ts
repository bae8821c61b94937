import type { CallOptions } from '../environ/options.ts'
import type { Dialer } from '../environ/services.ts'
import type { AccountStore } from './account-store.ts'
import { AGENT_COMMANDS } from './agent-service.ts'
import type { ControllerDetails } from './controller-store.ts'
import { machineAccess } from './machine-access.ts'

const COMMAND_MS = 10_000

/** How an agent is on its machine. */
export interface AgentState {
  readonly running: boolean
  /** What it said last. */
  readonly log: string
}

/** What a controller's machine says of its agent; nothing when it cannot be asked. */
export async function agentState(
  details: ControllerDetails,
  accounts: AccountStore,
  options: CallOptions & { readonly dialer: Dialer },
): Promise<AgentState | undefined> {
  try {
    const access = await machineAccess(details, accounts, options)
    await using machine = await access.connect(options)
    const command = { signal: options.signal, timeout: COMMAND_MS }
    const { stdout } = await machine.exec(AGENT_COMMANDS.readState, command)
    const [state, ...log] = stdout.trim().split('\n')
    return { running: state === 'active', log: log.join('\n') }
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}
