/** The compute service with its microversions. */

import { NotSupportedError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import { z } from 'zod'
import type { Session } from '../identity/session.ts'
import { lazy } from '../service/lazy.ts'
import { BASE_MICROVERSION, compareMicroversions, type Microversion } from '../service/microversion.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import { ServiceClient } from '../service/service-client.ts'

const versionSchema = lazy(() => z.object({ version: z.string().default('') }))

/** Nova. */
export class ComputeClient extends ServiceClient {
  readonly clock: Clock
  #newest: Microversion | undefined

  constructor(session: Session) {
    super(session, 'compute')
    this.clock = session.clock
  }

  /** The newest microversion the cloud has. Asked once. */
  async newestMicroversion(options: CallOptions = {}): Promise<Microversion> {
    if (this.#newest) return this.#newest
    const { json } = await this.request({
      method: 'GET',
      path: '/',
      // The document is above the project's id, which old endpoints end in.
      base: (endpoint) => endpoint.replace(/(\/v2(\.\d+)?)\/[^/]+$/, '$1'),
      operation: 'find the version of',
      resource: 'the compute service',
      ...options,
    })
    const { version } = readOne(json, 'version', versionSchema(), 'the compute service')
    // A service at /v2 says nothing here: it has none.
    return (this.#newest = /^2\.\d+$/.test(version) ? (version as Microversion) : BASE_MICROVERSION)
  }

  /** Sends nothing for the base microversion, which all clouds have. @throws NotSupportedError */
  async requireMicroversion(needed: Microversion, toDo: string, options: CallOptions): Promise<void> {
    if (needed === BASE_MICROVERSION) return
    const newest = await this.newestMicroversion(options)
    if (compareMicroversions(needed, newest) <= 0) return
    throw new NotSupportedError(
      `cannot ${toDo}: that needs compute microversion ${needed}, and the cloud has ${newest}`,
      { hint: 'leave out the newer options, or use a newer cloud' },
    )
  }
}
