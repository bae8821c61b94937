/** Consoles of servers. */

import {
  type CallOptions,
  type ConsoleOutputOptions,
  type ConsoleSession,
  type Consoles,
  findError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  UnavailableError,
} from 'cloud-environs/provider'
import type { ConsoleType } from './api/index.ts'
import { modelServer } from './servers-of-model.ts'
import type { Scope } from './scope.ts'

/** What a browser opens first, then what is left. */
const TYPES: readonly ConsoleType[] = ['novnc', 'spice-html5', 'serial']

/** The consoles of one model's servers. */
export class ServerConsoles implements Consoles {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  async output(id: string, { lines, signal }: ConsoleOutputOptions = {}): Promise<string> {
    await modelServer(this.#scope, id, signal)
    return await this.#scope.connection.compute.servers.getConsoleOutput(id, { lines, signal })
  }

  async session(id: string, { signal }: CallOptions = {}): Promise<ConsoleSession> {
    await modelServer(this.#scope, id, signal)
    let refusal: unknown
    for (const type of TYPES) {
      try {
        const { url, protocol } = await this.#scope.connection.compute.servers.getConsoleUrl(id, type, {
          signal,
        })
        return { url, protocol }
      } catch (error) {
        if (!isAbsent(error)) throw error
        refusal = error
      }
    }
    throw new NotSupportedError(`server ${id} has no console that can be opened`, {
      operation: 'console session',
      resource: `server ${id}`,
      cause: refusal,
      hint: "the output of its console can be read; ask the cloud's operator for consoles",
    })
  }
}

/** Nova says 400, 404 or 501 when it is set up without that kind of console. */
const isAbsent = (error: unknown): boolean =>
  [NotValidError, NotFoundError, NotSupportedError].some((type) => findError(error, type)) ||
  findError(error, UnavailableError)?.status === 501
