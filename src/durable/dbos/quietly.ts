import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../../environ/index.ts'

const METHODS = ['debug', 'info', 'log', 'warn', 'error'] as const

const isQuiet = new AsyncLocalStorage<true>()

/** What the engine prints on the console where it takes no logger goes to the log; what others print does not. */
export async function quietly<T>(logger: Logger, act: () => Promise<T>): Promise<T> {
  const before = METHODS.map((method) => [method, console[method]] as const)
  for (const [method, print] of before) {
    console[method] = (...args: unknown[]) => {
      if (isQuiet.getStore()) isQuiet.exit(() => logger.debug(args.map(String).join(' ')))
      else print(...args)
    }
  }
  try {
    return await isQuiet.run(true, act)
  } finally {
    for (const [method, print] of before) console[method] = print
  }
}
