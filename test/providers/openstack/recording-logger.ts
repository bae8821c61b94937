import type { Logger, LogFields } from 'cloud-environs/provider'

/** A line that was logged. */
export interface LoggedLine {
  readonly message: string
  readonly fields: LogFields
}

type Level = 'debug' | 'info' | 'warn' | 'error'

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & {
  readonly lines: Readonly<Record<Level, readonly LoggedLine[]>>
} {
  const lines: Record<Level, LoggedLine[]> = { debug: [], info: [], warn: [], error: [] }
  const into =
    (level: Level): Logger['info'] =>
    (message, fields = {}) => {
      lines[level].push({ message, fields: typeof fields === 'function' ? fields() : fields })
    }
  const logger = {
    lines,
    debug: into('debug'),
    info: into('info'),
    warn: into('warn'),
    error: into('error'),
    child: () => logger,
  }
  return logger
}
