import type { LogFields, Logger } from '../environ/index.ts'
import type { Output } from './output.ts'

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Error ? value.message : JSON.stringify(value)

const plain = (value: unknown): unknown =>
  value instanceof Error && !('toJSON' in value) ? { name: value.name, message: value.message } : value

/** Shows what a library logs the way all else is shown: what went wrong as warnings, the rest with `--verbose`. */
export function commandLogger(output: Output, always: LogFields = {}): Logger {
  const tell = (
    level: 'info' | 'warn' | 'error',
    message: string,
    own: LogFields | (() => LogFields) = {},
  ) => {
    const fields = { ...always, ...(typeof own === 'function' ? own() : own) }
    const words = Object.entries(fields).map(([name, value]) => `${name}=${text(value)}`)
    const shown = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]))
    output.say(
      `${level === 'info' ? '' : 'WARNING '}${message}${words.length > 0 ? `: ${words.join(' ')}` : ''}`,
      { level, message, fields: shown },
    )
  }
  return {
    debug: () => undefined,
    info: (message, fields) => {
      if (output.verbose) tell('info', message, fields)
    },
    warn: (message, fields) => tell('warn', message, fields),
    error: (message, fields) => tell('error', message, fields),
    child: (fields) => commandLogger(output, { ...always, ...fields }),
  }
}
