import type { Settings } from './options.ts'

/** One entry of a clouds.yaml. */
export interface CloudConfig {
  readonly auth: {
    readonly auth_url: string
    readonly username: string
    readonly password: string
    readonly project_name: string
    readonly user_domain_name: string
    readonly project_domain_name: string
  }
  readonly region_name: string
  readonly interface: 'public'
  readonly identity_api_version: 3
}

export function cloudConfig(settings: Settings, authUrl: string, userName: string): CloudConfig {
  const user = settings.users.find(({ name }) => name === userName)
  if (!user) throw new Error(`The embedded cloud has no user named ${userName}`)
  return {
    auth: {
      auth_url: authUrl,
      username: user.name,
      password: user.password,
      project_name: user.projects[0] ?? '',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    },
    region_name: settings.regions[0],
    interface: 'public',
    identity_api_version: 3,
  }
}

/** The text of a clouds.yaml with those entries. */
export function cloudsYaml(entries: Readonly<Record<string, CloudConfig>>): string {
  const lines = ['clouds:']
  for (const [name, { auth, ...rest }] of Object.entries(entries)) {
    // A JSON text is a YAML scalar as well.
    const pairs = (values: object, indent: string) =>
      Object.entries(values).map(([key, value]) => `${indent}${key}: ${JSON.stringify(value)}`)
    lines.push(`  ${name}:`, '    auth:', ...pairs(auth, '      '), ...pairs(rest, '    '))
  }
  return `${lines.join('\n')}\n`
}

/** The `OS_*` variables of an entry. */
export function environment({ auth, ...rest }: CloudConfig): Record<string, string> {
  return {
    OS_AUTH_URL: auth.auth_url,
    OS_USERNAME: auth.username,
    OS_PASSWORD: auth.password,
    OS_PROJECT_NAME: auth.project_name,
    OS_USER_DOMAIN_NAME: auth.user_domain_name,
    OS_PROJECT_DOMAIN_NAME: auth.project_domain_name,
    OS_REGION_NAME: rest.region_name,
    OS_INTERFACE: rest.interface,
    OS_IDENTITY_API_VERSION: String(rest.identity_api_version),
  }
}
