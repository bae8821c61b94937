/** `~/.novarc`: what `openrc` files were before, exports of a shell. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostEnvironment } from 'cloud-environs/provider'

/** Older names of what openstacksdk knows by `OS_*`, the best first. */
const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  OS_USERNAME: ['NOVA_USERNAME'],
  OS_PASSWORD: ['NOVA_PASSWORD'],
  OS_REGION_NAME: ['NOVA_REGION'],
  OS_PROJECT_ID: ['OS_TENANT_ID', 'NOVA_PROJECT_ID'],
  OS_PROJECT_NAME: ['OS_TENANT_NAME'],
}

/** `export NAME="value"`. What a shell would have to expand is left out, as is everything else of a script. */
const ASSIGNMENT = /^\s*(?:export\s+)?(\w+)\s*=\s*(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`#;]*))\s*(?:[#;].*)?$/

type Variables = HostEnvironment['variables']

function assignments(text: string): Variables {
  return Object.fromEntries(
    text.split(/\r?\n/).flatMap((line) => {
      const [, name, ...values] = ASSIGNMENT.exec(line) ?? []
      const value = values.find((each) => each !== undefined)
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )
}

function withNewNames(variables: Variables): Variables {
  const named = Object.entries(OLD_NAMES).map(([name, old]) => [
    name,
    [name, ...old].map((each) => variables[each]).find(Boolean),
  ])
  return { ...variables, ...Object.fromEntries(named) }
}

/**
 * The host, with the variables of `~/.novarc` where it has no cloud of its own in `OS_AUTH_URL`; that cloud is called
 * `novarc`. The environment of the process stays as it is, and goes before the file.
 */
export async function withNovarc(host: HostEnvironment): Promise<HostEnvironment> {
  if (host.variables['OS_AUTH_URL']) return { ...host, variables: withNewNames(host.variables) }
  let text: string
  try {
    text = await readFile(join(host.homeDir, '.novarc'), 'utf8')
  } catch {
    return host
  }
  const variables = { OS_CLOUD_NAME: 'novarc', ...assignments(text), ...host.variables }
  return { ...host, variables: withNewNames(variables) }
}
