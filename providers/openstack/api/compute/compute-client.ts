/** The compute service with its microversions. */

import { NotSupportedError, NotValidError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import { z } from 'zod'
import type { Session } from '../identity/session.ts'
import { lazy } from '../service/lazy.ts'
import { BASE_MICROVERSION, type Microversion } from '../service/microversion.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import { ServiceClient } from '../service/service-client.ts'
import {
  chooseVersion,
  describeRanges,
  type OfferedVersions,
  type VersionRanges,
  worksEverywhere,
} from './version-range.ts'

const versionSchema = lazy(() =>
  z.object({ version: z.string().default(''), min_version: z.string().default('') }),
)

/** Nova. */
export class ComputeClient extends ServiceClient {
  readonly clock: Clock
  #offered: OfferedVersions | undefined

  constructor(session: Session) {
    super(session, 'compute')
    this.clock = session.clock
  }

  /** The oldest and the newest microversion the cloud has. Asked once. */
  async offeredMicroversions(options: CallOptions = {}): Promise<OfferedVersions> {
    if (this.#offered) return this.#offered
    const { json } = await this.request({
      method: 'GET',
      path: '/',
      // The document is above the project's id, which old endpoints end in.
      base: (endpoint) => endpoint.replace(/(\/v2(\.\d+)?)\/[^/]+$/, '$1'),
      operation: 'find the version of',
      resource: 'the compute service',
      ...options,
    })
    const { version, min_version } = readOne(json, 'version', versionSchema(), 'the compute service')
    return (this.#offered = { oldest: toMicroversion(min_version), newest: toMicroversion(version) })
  }

  /**
   * The microversion to do something at. Asks the cloud nothing when every version does, as every cloud has the base.
   * @throws NotSupportedError when the cloud has none of them; NotValidError when none can be
   */
  async microversionFor(ranges: VersionRanges, toDo: string, options: CallOptions): Promise<Microversion> {
    if (ranges.length === 0) {
      throw new NotValidError(`cannot ${toDo}: no compute microversion has all of what is asked together`, {
        hint: 'leave out the older or the newer options',
      })
    }
    if (worksEverywhere(ranges)) return BASE_MICROVERSION
    const offered = await this.offeredMicroversions(options)
    const chosen = chooseVersion(ranges, offered)
    if (chosen !== undefined) return chosen
    const { oldest, newest } = offered
    throw new NotSupportedError(
      `cannot ${toDo}: that needs compute microversion ${describeRanges(ranges)}, and the cloud has ${
        oldest === BASE_MICROVERSION ? newest : `${oldest} to ${newest}`
      }`,
      { hint: 'leave out the options that need it, or use another cloud' },
    )
  }
}

/** A service at /v2 says nothing here: it has none. */
function toMicroversion(text: string): Microversion {
  return /^2\.\d+$/.test(text) ? (text as Microversion) : BASE_MICROVERSION
}
