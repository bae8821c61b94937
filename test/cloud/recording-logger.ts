import type { Logger } from 'cloud-environs'

/** A logger that keeps its warnings. */
export function recordingLogger(): Logger & { readonly warnings: string[] } {
  const warnings: string[] = []
  const nothing = (): void => undefined
  const logger = {
    warnings,
    debug: nothing,
    info: nothing,
    warn: (message: string) => void warnings.push(message),
    error: nothing,
    child: () => logger,
  }
  return logger
}
