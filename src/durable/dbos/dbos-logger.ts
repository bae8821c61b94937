import type { Logger } from '../../environ/index.ts'

const DETAIL = 'dbos'

/** The engine's own log: what the user has to know is told in our own words, so all of it is detail. */
export function dbosLogger(logger: Logger) {
  const debug = (entry: unknown): void => {
    const message = entry instanceof Error ? entry.message : String(entry)
    logger.debug(`${DETAIL}: ${message}`)
  }
  return { debug, info: debug, warn: debug, error: debug }
}
