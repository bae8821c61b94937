import { createLogger, format, type Logger as WinstonLogger, transports } from 'winston'
import type { LogFields, Logger } from '../../environ/index.ts'

const LEVELS = ['error', 'warn', 'info', 'debug'] as const

export type LogLevel = (typeof LEVELS)[number]

/** Errors have no enumerable fields; a log line wants their name, code and message. */
const plain = (fields: LogFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error && !('toJSON' in value)
        ? { name: value.name, message: value.message, code: (value as { code?: unknown }).code }
        : value,
    ]),
  )

/**
 * Writes to a winston logger. A line below its level costs a comparison: winston itself takes microseconds to drop one,
 * and the fields' thunk is not called.
 */
class WinstonAdapter implements Logger {
  readonly #winston: WinstonLogger
  readonly #enabled: number
  readonly #fields: LogFields

  constructor(winston: WinstonLogger, fields: LogFields = {}) {
    this.#winston = winston
    const numbers = winston.levels
    const lowest = numbers[winston.level] ?? -1
    this.#enabled = LEVELS.findLastIndex((level) => (numbers[level] ?? Infinity) <= lowest)
    this.#fields = fields
  }

  debug(message: string, fields?: LogFields | (() => LogFields)): void {
    this.#write(3, message, fields)
  }

  info(message: string, fields?: LogFields | (() => LogFields)): void {
    this.#write(2, message, fields)
  }

  warn(message: string, fields?: LogFields | (() => LogFields)): void {
    this.#write(1, message, fields)
  }

  error(message: string, fields?: LogFields | (() => LogFields)): void {
    this.#write(0, message, fields)
  }

  child(fields: LogFields): Logger {
    return new WinstonAdapter(this.#winston, { ...this.#fields, ...fields })
  }

  #write(level: number, message: string, fields?: LogFields | (() => LogFields)): void {
    if (level > this.#enabled) return
    const own = typeof fields === 'function' ? fields() : fields
    // One object: given a message apart, winston drops the fields when it holds a `%s`, and merges a field `message`.
    this.#winston.log({ ...plain({ ...this.#fields, ...own }), level: LEVELS[level] ?? 'info', message })
  }
}

/** Our logger interface over a winston logger of the caller's. */
export const winstonLogger = (winston: WinstonLogger): Logger => new WinstonAdapter(winston)

/** JSON lines on standard error, from `level` up. */
export function standardLogger(level: LogLevel = 'warn'): Logger {
  return winstonLogger(
    createLogger({
      level,
      format: format.combine(format.timestamp(), format.json()),
      transports: [new transports.Console({ stderrLevels: [...LEVELS] })],
    }),
  )
}
