/** OpenStack's own configuration, `clouds.yaml`, found and read as openstacksdk does. */

import { join, resolve } from 'node:path'
import { NotFoundError, NotValidError } from 'cloud-environs'
import type { HostEnvironment } from 'cloud-environs/provider'
import { type OpenStackCloudConfig, toCloudConfig } from './cloud-config.ts'
import { environmentCloud } from './os-environment.ts'
import { Section, sectionOf, textOf } from './section.ts'
import { readYamlFile } from './yaml-file.ts'

const EXTENSIONS = ['yaml', 'yml', 'json']
const SYSTEM_DIRECTORY = '/etc/openstack'

/** Where to look, besides the user's directories. */
export interface LoadOptions {
  /** Default `/etc/openstack`. */
  readonly systemDirectory?: string | undefined
}

/** The clouds that were found. */
export interface CloudConfigs {
  /** Files that were read. */
  readonly files: readonly string[]
  /** Sorted. */
  names(): string[]
  /** The one that is meant when none is named: `OS_CLOUD`, the `OS_*` variables, or the only one there is. */
  defaultName(): string | undefined
  /**
   * One cloud, optionally in another region than it says. @throws NotFoundError naming the clouds there are and the
   * files looked for; NotValidError naming file and key
   */
  get(name: string, region?: string): OpenStackCloudConfig
}

/** Reads the configuration. No file at all is fine. @throws NotValidError for a file that cannot be read */
export async function loadCloudConfigs(
  host: HostEnvironment,
  { systemDirectory = SYSTEM_DIRECTORY }: LoadOptions = {},
): Promise<CloudConfigs> {
  const clouds = await readFirst(host, systemDirectory, 'clouds', 'OS_CLIENT_CONFIG_FILE')
  const secure = await readFirst(host, systemDirectory, 'secure', 'OS_CLIENT_SECURE_FILE')
  const sections = new Map<string, Section>()
  for (const file of [clouds.file, secure.file]) {
    if (!file) continue
    const all = sectionOf(file, 'clouds')
    for (const name of Object.keys(all.values)) {
      const section = sectionOf(all, name)
      sections.set(name, sections.get(name)?.with(section.values) ?? section)
    }
  }
  const vendors = await readFirst(host, systemDirectory, 'clouds-public', 'OS_CLIENT_VENDOR_FILE')
  const environment = environmentCloud(host)
  if (environment) {
    const { name, section } = environment
    const other = sections.get(name)
    if (other) {
      throw new NotValidError(
        `the cloud "${name}" is in ${other.source} and, by that name, in the OS_* environment variables`,
        { hint: 'give the latter another name with OS_CLOUD_NAME, or unset OS_AUTH_URL' },
      )
    }
    sections.set(name, section)
  }
  return new FoundClouds(
    host,
    sections,
    environment?.name,
    clouds.candidates,
    [clouds.file, secure.file],
    vendors.file,
  )
}

/**
 * The cloud's own values laid over those that its vendor publishes in `clouds-public.yaml`.
 * @throws NotFoundError for a profile that is not there, when the cloud cannot do without it
 */
function withProfile(section: Section, file: Section | undefined): Section {
  const profile = textOf(section, 'profile') ?? textOf(section, 'cloud')
  if (profile === undefined) return section
  const published = file && sectionOf(file, 'public-clouds')
  const known = Object.keys(published?.values ?? {}).sort()
  if (published && known.includes(profile)) {
    return new Section(section.source, section.path, sectionOf(published, profile).values).with(
      section.values,
    )
  }
  if (textOf(sectionOf(section, 'auth'), 'auth_url') !== undefined) return section
  throw new NotFoundError(
    `${section.source}: ${section.path} uses the profile "${profile}", which is not there`,
    {
      resource: section.source,
      hint: `the profiles of clouds-public.yaml are: ${known.join(', ') || 'none'}; or add auth_url under "auth"`,
    },
  )
}

class FoundClouds implements CloudConfigs {
  readonly files: readonly string[]
  readonly #host: HostEnvironment
  readonly #sections: ReadonlyMap<string, Section>
  readonly #environment: string | undefined
  readonly #candidates: readonly string[]
  readonly #vendors: Section | undefined

  constructor(
    host: HostEnvironment,
    sections: ReadonlyMap<string, Section>,
    environment: string | undefined,
    candidates: readonly string[],
    files: readonly (Section | undefined)[],
    vendors: Section | undefined,
  ) {
    this.#vendors = vendors
    this.#host = host
    this.#sections = sections
    this.#environment = environment
    this.#candidates = candidates
    this.files = files.flatMap((file) => (file ? [file.source] : []))
  }

  names(): string[] {
    return [...this.#sections.keys()].sort()
  }

  defaultName(): string | undefined {
    const named = this.#host.variables['OS_CLOUD'] || this.#environment
    return named ?? (this.#sections.size === 1 ? this.names()[0] : undefined)
  }

  get(name: string, region?: string): OpenStackCloudConfig {
    const section = this.#sections.get(name)
    if (section) return toCloudConfig(name, withProfile(section, this.#vendors), this.#host, region)
    const found = this.names().join(', ') || 'none'
    const looked = this.files.length > 0 ? this.files : this.#candidates
    throw new NotFoundError(
      `there is no cloud "${name}"; there are: ${found} (looked in ${looked.join(', ')})`,
      {
        resource: `cloud "${name}"`,
        hint: 'use one of those, or add it under "clouds" in clouds.yaml',
      },
    )
  }
}

/** The first file there is, as openstacksdk takes only that one. A file named by a variable must be there. */
async function readFirst(
  host: HostEnvironment,
  systemDirectory: string,
  base: string,
  variable: string,
): Promise<{ readonly file?: Section; readonly candidates: readonly string[] }> {
  const named = host.variables[variable]
  if (named) {
    const file = await readYamlFile(resolve(host.workingDir, named.replace(/^~(?=\/)/, host.homeDir)))
    if (file) return { file, candidates: [named] }
    throw new NotFoundError(`there is no file ${named}, which ${variable} names`, {
      resource: named,
      hint: `correct ${variable}, or unset it`,
    })
  }
  const { XDG_CONFIG_HOME: xdg } = host.variables
  const directories = [
    host.workingDir,
    ...(xdg ? [join(xdg, 'openstack')] : []),
    join(host.homeDir, '.config', 'openstack'),
    systemDirectory,
  ]
  const candidates = directories.flatMap((dir) =>
    EXTENSIONS.map((extension) => join(dir, `${base}.${extension}`)),
  )
  for (const candidate of candidates) {
    const file = await readYamlFile(candidate)
    if (file) return { file, candidates }
  }
  return { candidates }
}
