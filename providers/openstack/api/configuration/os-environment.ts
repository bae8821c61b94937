/** The cloud that the `OS_*` environment variables describe. */

import type { HostEnvironment } from 'cloud-environs/provider'
import { Section } from './section.ts'

/** Variables that choose or find a cloud, and are no part of one. */
const SELECTORS: ReadonlySet<string> = new Set([
  'OS_CLOUD',
  'OS_CLOUD_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLIENT_VENDOR_FILE',
])

/** Spelled otherwise in files. */
const RENAMED: Readonly<Record<string, string>> = { userid: 'user_id' }

/** The section, and the name that it goes by: `OS_CLOUD_NAME`, or `envvars`. Without `OS_AUTH_URL` there is none. */
export function environmentCloud({
  variables,
}: HostEnvironment): { readonly name: string; readonly section: Section } | undefined {
  if (!variables['OS_AUTH_URL']) return undefined
  const values = Object.entries(variables)
    .filter(([name, value]) => name.startsWith('OS_') && !SELECTORS.has(name) && value)
    .map(([name, value]) => {
      const key = name.slice('OS_'.length).toLowerCase()
      return [RENAMED[key] ?? key, value] as const
    })
  return {
    name: variables['OS_CLOUD_NAME'] || 'envvars',
    section: new Section('environment variables', '', Object.fromEntries(values)),
  }
}
