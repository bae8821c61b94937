/** One cloud of OpenStack's own configuration, as typed values. */

import { resolve } from 'node:path'
import { Secret } from 'cloud-environs'
import type { HostEnvironment } from 'cloud-environs/provider'
import type { Interface } from '../identity/catalog.ts'
import { type Section, sectionOf, textOf } from './section.ts'

/** The `auth` part, with every key where it is looked for and nothing made up. */
export interface CloudAuth {
  /** `auth_type` as written; absent leaves it to the keys that are there. */
  readonly type?: string | undefined
  readonly authUrl?: string | undefined
  readonly username?: string | undefined
  readonly userId?: string | undefined
  readonly password?: Secret | undefined
  /** A time-based one-time password, beside the password or alone. */
  readonly passcode?: Secret | undefined
  readonly token?: Secret | undefined
  readonly applicationCredentialId?: string | undefined
  readonly applicationCredentialName?: string | undefined
  readonly applicationCredentialSecret?: Secret | undefined
  readonly projectId?: string | undefined
  readonly projectName?: string | undefined
  readonly userDomainId?: string | undefined
  readonly userDomainName?: string | undefined
  readonly projectDomainId?: string | undefined
  readonly projectDomainName?: string | undefined
  /** For a token of a domain, and for user and project where they have no domain of their own. */
  readonly domainId?: string | undefined
  readonly domainName?: string | undefined
  /** Id of the domain for whatever has none; openstacksdk's default is `default`. */
  readonly defaultDomain: string
  readonly systemScope?: string | undefined
  readonly trustId?: string | undefined
}

/** How TLS connections are made. Absolute paths, `~` replaced. */
export interface CloudTls {
  readonly verify: boolean
  readonly cacertFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** One cloud. */
export interface OpenStackCloudConfig {
  readonly name: string
  /** The file it is from, or `environment variables`. */
  readonly source: string
  readonly auth: CloudAuth
  /** `region_name`, or else the first of `regions`. */
  readonly region?: string | undefined
  /** Names of all regions that the configuration tells of. */
  readonly regions: readonly string[]
  readonly interface: Interface
  readonly tls: CloudTls
  /** By service type: `{ compute: 'https://…' }`. */
  readonly endpointOverrides: Readonly<Record<string, string>>
}

/** Types a cloud's section. `region` picks one of its `regions` with that region's own values. @throws NotValidError */
export function toCloudConfig(
  name: string,
  whole: Section,
  host: HostEnvironment,
  region?: string,
): OpenStackCloudConfig {
  const regions = regionsOf(whole)
  const chosen = region ?? textOf(whole, 'region_name') ?? regions[0]?.name
  const section = whole.with(regions.find((each) => each.name === chosen)?.values)
  const path = (key: string) => pathOf(textOf(section, key), host)
  return {
    name,
    source: section.source,
    auth: toAuth(section),
    region: chosen,
    regions: regions.length > 0 ? regions.map((each) => each.name) : chosen === undefined ? [] : [chosen],
    interface: interfaceOf(section),
    tls: {
      verify: booleanOf(section, 'verify') !== false && booleanOf(section, 'insecure') !== true,
      cacertFile: path('cacert'),
      certFile: path('cert'),
      keyFile: path('key'),
    },
    endpointOverrides: Object.fromEntries(
      Object.keys(section.values)
        .filter((key) => key.endsWith('_endpoint_override'))
        .map((key) => [key.slice(0, -'_endpoint_override'.length).replaceAll('_', '-'), textOf(section, key)])
        .filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
  }
}

function toAuth(section: Section): CloudAuth {
  const auth = sectionOf(section, 'auth')
  // People put keys of `auth` beside it, and the environment variables know no `auth`.
  const text = (...keys: string[]) => {
    for (const key of keys) {
      const value = textOf(auth, key) ?? textOf(section, key)
      if (value !== undefined) return value
    }
    return undefined
  }
  const secret = (...keys: string[]) => {
    const value = text(...keys)
    return value === undefined ? undefined : new Secret(value)
  }
  return {
    type: text('auth_type'),
    authUrl: text('auth_url'),
    username: text('username', 'user_name'),
    userId: text('user_id'),
    password: secret('password'),
    passcode: secret('passcode'),
    token: secret('token', 'auth_token'),
    applicationCredentialId: text('application_credential_id'),
    applicationCredentialName: text('application_credential_name'),
    applicationCredentialSecret: secret('application_credential_secret'),
    projectId: text('project_id', 'tenant_id'),
    projectName: text('project_name', 'tenant_name'),
    userDomainId: text('user_domain_id'),
    userDomainName: text('user_domain_name'),
    projectDomainId: text('project_domain_id'),
    projectDomainName: text('project_domain_name'),
    domainId: text('domain_id'),
    domainName: text('domain_name'),
    defaultDomain: text('default_domain', 'default_domain_id') ?? 'default',
    systemScope: text('system_scope'),
    trustId: text('trust_id'),
  }
}

/** `regions` as names, or as names with values that hold in that region only. */
function regionsOf(section: Section): { readonly name: string; readonly values?: Section['values'] }[] {
  const regions = section.values['regions']
  if (regions === undefined || regions === '') return []
  if (!Array.isArray(regions)) throw section.wrong('regions', 'a list')
  return regions.map((region: unknown, index) => {
    if (typeof region === 'string') return { name: region }
    const each = section.section(`regions[${index}]`, region)
    const name = textOf(each, 'name')
    if (name === undefined) throw section.wrong(`regions[${index}].name`, 'a text')
    return { name, values: sectionOf(each, 'values').values }
  })
}

function interfaceOf(section: Section): Interface {
  const key = textOf(section, 'interface') === undefined ? 'endpoint_type' : 'interface'
  const text = (textOf(section, key) ?? 'public').replace(/URL$/, '')
  if (text === 'public' || text === 'internal' || text === 'admin') return text
  throw section.wrong(key, 'public, internal or admin')
}

function booleanOf(section: Section, key: string): boolean | undefined {
  const text = textOf(section, key)?.toLowerCase()
  if (text === undefined) return undefined
  if (/^(true|yes|on|1|y|t)$/.test(text)) return true
  if (/^(false|no|off|0|n|f)$/.test(text)) return false
  throw section.wrong(key, 'true or false')
}

function pathOf(path: string | undefined, host: HostEnvironment): string | undefined {
  if (path === undefined) return undefined
  return resolve(host.workingDir, path.replace(/^~(?=\/|$)/, host.homeDir))
}
