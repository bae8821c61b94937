import { isDevelopmentVersion, parseAgentVersion } from './version.ts'

/** The stream of releases. */
export const RELEASED = 'released'

const DEVEL = 'devel'

/** From the least tried one on. */
const STREAMS = ['testing', DEVEL, 'proposed', RELEASED]

/** Which streams are preferred. */
export interface StreamPreference {
  /** `agent-stream` of the model. Default `released`. */
  readonly configured?: string
  /** Look at development versions, too. */
  readonly forceDevel?: boolean
}

/** The stream, and those that stand in for it, in the order they are asked in. */
export const streamsFrom = (stream: string = RELEASED): readonly string[] =>
  STREAMS.includes(stream) ? STREAMS.slice(STREAMS.indexOf(stream)) : [stream]

/**
 * The streams that have the agent of a version, in the order they are asked in (Juju: `PreferredStreams`).
 * @throws NotValidError unless it is a version
 */
export function preferredStreams(version: string, preference: StreamPreference = {}): readonly string[] {
  const { configured = RELEASED, forceDevel = false } = preference
  if (configured !== RELEASED) return streamsFrom(configured)
  return streamsFrom(forceDevel || isDevelopmentVersion(parseAgentVersion(version)) ? DEVEL : RELEASED)
}
