import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { formatHardware } from '../../bootstrap/index.ts'
import { parseConstraints } from '../../constraints/index.ts'
import { NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { progressView } from '../progress.ts'

/** Options of `environs bootstrap`. */
export interface BootstrapOptions {
  readonly credential?: string
  readonly config?: readonly string[]
  readonly controllerConfig?: readonly string[]
  readonly constraints?: string
  readonly bootstrapConstraints?: string
  readonly base?: string
  readonly to?: string
  readonly keepBroken?: boolean
}

/** `name=value`, as often as it was given. */
function attributes(option: string, pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)]
      throw new NotValidError(`"${pair}" is not name=value`, { hint: `write ${option} name=value` })
    }),
  )
}

/** The user's public SSH keys. One that cannot be read is left out: keys are a convenience. */
async function publicKeys(): Promise<string> {
  const directory = join(homedir(), '.ssh')
  const files = await readdir(directory).catch(() => [])
  const keys = files.filter((file) => /^id_.+\.pub$/.test(file)).sort()
  const texts = await Promise.all(keys.map((file) => readFile(join(directory, file), 'utf8').catch(() => '')))
  return texts
    .map((text) => text.trim())
    .filter(Boolean)
    .join('\n')
}

/** `CLOUD` or `CLOUD/REGION`; a region may have a slash in its name. */
function cloudAndRegion(text = ''): { readonly cloud?: string; readonly region?: string } {
  const [, cloud, region] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? []
  return { ...(cloud ? { cloud } : {}), ...(region ? { region } : {}) }
}

/** A controller's name from a cloud's and a region's. */
const defaultName = (cloud: string, region = ''): string =>
  `${cloud}-${region}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'controller'

export async function bootstrap(
  context: Context,
  place: string | undefined,
  name: string | undefined,
  options: BootstrapOptions,
): Promise<void> {
  const { output, signal } = context
  const modelConstraints = parseConstraints(options.constraints ?? '')
  const bootstrapConstraints = parseConstraints(options.bootstrapConstraints ?? '')
  const modelConfig = attributes('--config', options.config)
  const controllerConfig = attributes('--controller-config', options.controllerConfig)
  const environs = await context.environs()
  const found = await environs.clouds.find(
    {
      ...cloudAndRegion(place),
      ...(options.credential ? { credential: options.credential } : {}),
    },
    { signal },
  )
  const view = await progressView(output)
  let succeeded = false
  try {
    const { details, instanceId, hardware, addresses } = await environs.bootstrap(
      {
        controllerName: name ?? defaultName(found.spec.name, found.spec.region),
        cloud: found.spec,
        credentialName: found.credentialName,
        modelConfig: { 'authorized-keys': await publicKeys(), ...found.config, ...modelConfig },
        controllerConfig,
        modelConstraints,
        bootstrapConstraints,
        ...(options.base === undefined ? {} : { base: options.base }),
        ...(options.to === undefined ? {} : { placement: options.to }),
      },
      {
        signal,
        onProgress: (event) => view.show(event),
        ...(options.keepBroken ? { keepBroken: true } : {}),
      },
    )
    succeeded = true
    await view.finish(succeeded)
    const { name: controller, uuid, apiEndpoints } = details
    output.result(
      { controller, uuid, instance: instanceId, hardware, addresses, 'api-endpoints': apiEndpoints },
      `Controller "${controller}" is started on ${found.spec.name}: instance ${instanceId}, ${formatHardware(hardware)}, ${addresses.map(({ value }) => value).join(' ')}`,
    )
  } finally {
    if (!succeeded) await view.finish(succeeded)
  }
}
