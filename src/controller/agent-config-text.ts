import { Secret } from '../cloud/secret.ts'
import type { AgentConfig } from './agent-config.ts'

/** The text of the file, its secrets readable. */
export function agentConfigText(config: AgentConfig): string {
  function revealed(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
    const own = this[key]
    return own instanceof Secret ? own.reveal() : value
  }
  return `${JSON.stringify(config, revealed, 2)}\n`
}
