import type { Dispatcher } from 'undici'
import { faultyDispatcher } from './faulty-dispatcher.ts'

/** Variable that says at which request the process dies: `after 3`. */
export const DIES_AT = 'ENVIRONS_TEST_DIES_AT'

const die = (): void => void process.kill(process.pid, 'SIGKILL')

/**
 * Sends the requests of a process that `killAtEveryRequest` started, and kills it, as `kill -9` does, at the one that is
 * meant: before it is sent, or when its answer is there. For `createEnvirons({ dispatcher })` of that process.
 */
export async function mortalDispatcher(): Promise<Dispatcher> {
  const { dispatcher } = await faultyDispatcher()
  const [when = '', number = ''] = (process.env[DIES_AT] ?? '').split(' ')
  let left = number === '' ? Infinity : Number(number)
  return dispatcher.compose((dispatch) => (options, handler) => {
    if (left-- !== 0) return dispatch(options, handler)
    if (when === 'before') die()
    return dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onResponseStart: die,
      onResponseError: (...given) => handler.onResponseError?.(...given),
    })
  })
}
