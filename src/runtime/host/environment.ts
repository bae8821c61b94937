import { homedir } from 'node:os'
import { join } from 'node:path'
import type { HostEnvironment } from '../../environ/index.ts'

/** This process: its variables, its user's home, its working directory. */
export const processEnvironment = (): HostEnvironment => ({
  variables: process.env,
  homeDir: homedir(),
  workingDir: process.cwd(),
})

/**
 * Where this client keeps its data: `$ENVIRONS_DATA`, or `environs` in the XDG data directory
 * (`~/.local/share/environs`).
 */
export function dataDirectory({ variables, homeDir }: HostEnvironment): string {
  if (variables['ENVIRONS_DATA']) return variables['ENVIRONS_DATA']
  return join(variables['XDG_DATA_HOME'] || join(homeDir, '.local', 'share'), 'environs')
}

/** Where this client keeps what it can make again: `environs` in the XDG cache directory (`~/.cache/environs`). */
export const cacheDirectory = ({ variables, homeDir }: HostEnvironment): string =>
  join(variables['XDG_CACHE_HOME'] || join(homeDir, '.cache'), 'environs')
