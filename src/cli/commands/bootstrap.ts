import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { constraintsToDocument, formatConstraints, parseConstraints } from '../../constraints/index.ts'
import { NotValidError } from '../../environ/index.ts'
import { readPackedAgent } from '../../agents/index.ts'
import { formatHardware } from '../../instances/index.ts'
import { formatBase } from '../../config/index.ts'
import { cloudAndRegion } from '../cloud-and-region.ts'
import type {
  BootstrapControllerParams,
  BootstrappedController,
  BootstrapPlan,
  BootstrapOptions as BootstrapControllerOptions,
} from '../../bootstrap/index.ts'
import type { Context } from '../context.ts'
import { explanationText } from '../explanation.ts'
import { type AsJobOptions, jobOptions } from '../handed-in.ts'
import { metadataPlace } from '../metadata-place.ts'
import { progressView } from '../progress.ts'

/** Options of `environs bootstrap`. */
export interface BootstrapOptions extends AsJobOptions {
  readonly credential?: string
  readonly config?: readonly string[]
  readonly controllerConfig?: readonly string[]
  readonly constraints?: string
  readonly bootstrapConstraints?: string
  readonly base?: string
  readonly to?: string
  readonly bootstrapImage?: string
  readonly agentVersion?: string
  readonly agentBuild?: readonly string[]
  readonly metadataSource?: string
  /** False: none. */
  readonly agent?: boolean
  readonly dryRun?: boolean
  readonly resume?: boolean
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

/** A controller's name from a cloud's and a region's. */
const defaultName = (cloud: string, region = ''): string =>
  `${cloud}-${region}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'controller'

/** What a bootstrap is told, from the command's options. */
async function paramsOf(
  context: Context,
  place: string | undefined,
  name: string | undefined,
  options: BootstrapOptions,
): Promise<BootstrapControllerParams> {
  const { signal } = context
  const modelConstraints = parseConstraints(options.constraints ?? '')
  const bootstrapConstraints = parseConstraints(options.bootstrapConstraints ?? '')
  const modelConfig = attributes('--config', options.config)
  const controllerConfig = attributes('--controller-config', options.controllerConfig)
  const agents = await agentWish(options)
  const found = await (await context.environs()).clouds.find(
    { ...cloudAndRegion(place), ...(options.credential ? { credential: options.credential } : {}) },
    { signal },
  )
  return {
    controllerName: name ?? defaultName(found.spec.name, found.spec.region),
    cloud: found.spec,
    credentialName: found.credentialName,
    modelConfig: { 'authorized-keys': await publicKeys(), ...found.config, ...modelConfig },
    controllerConfig,
    modelConstraints,
    bootstrapConstraints,
    ...agents,
    ...(options.agent === false ? { agent: 'none' } : {}),
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.to === undefined ? {} : { placement: options.to }),
    ...(options.bootstrapImage === undefined ? {} : { bootstrapImage: options.bootstrapImage }),
    ...(options.metadataSource === undefined
      ? {}
      : { metadataSource: metadataPlace(options.metadataSource) }),
  }
}

async function agentWish({ agentVersion, agentBuild }: BootstrapOptions) {
  const agentBuilds = agentBuild && (await Promise.all(agentBuild.map((path) => readPackedAgent(path))))
  return { ...(agentVersion === undefined ? {} : { agentVersion }), ...(agentBuilds ? { agentBuilds } : {}) }
}

function planText({ base, constraints, ignored, zones, agents, instance, ...of }: BootstrapPlan): string {
  const lines = [
    `Controller "${of.controllerName}" on ${[of.cloud, of.region].filter(Boolean).join('/')}: ${formatBase(base)}`,
    `Constraints: ${formatConstraints(constraints) || 'none'}`,
    ...(ignored.length > 0 ? [`Unsupported constraints are ignored: ${ignored.join(', ')}`] : []),
    ...(zones.length > 0 ? [`Availability zones, in this order: ${zones.join(', ')}`] : []),
    `Agent: ${agents.map(({ version, arch }) => `${version} for ${arch}`).join(', ') || 'none'}`,
  ]
  return [...lines, ...(instance ? ['', explanationText(instance)] : [])].join('\n')
}

/** What a plan prints: as a document, and as text. */
function planResult(plan: BootstrapPlan): readonly [object, string] {
  const { base, constraints, agents, ...others } = plan
  const document = {
    ...others,
    base: formatBase(base),
    constraints: constraintsToDocument(constraints),
    agents: agents.map(({ version, arch, sha256 }) => ({ version, arch, sha256 })),
  }
  return [document, planText(plan)]
}

/** What a bootstrap prints: as a document, and as text. */
function madeResult({
  details,
  instanceId,
  hardware,
  addresses,
}: BootstrappedController): readonly [object, string] {
  const { name: controller, uuid, cloud, apiEndpoints } = details
  // One that an earlier process started has hardware that is not known.
  const parts = [formatHardware(hardware), addresses.map(({ value }) => value).join(' ')].filter(Boolean)
  return [
    { controller, uuid, instance: instanceId, hardware, addresses, 'api-endpoints': apiEndpoints },
    `Controller "${controller}" is started on ${cloud.name}: ${[`instance ${instanceId}`, ...parts].join(', ')}`,
  ]
}

export async function bootstrap(
  context: Context,
  place: string | undefined,
  name: string | undefined,
  options: BootstrapOptions,
): Promise<void> {
  const { output, signal } = context
  const asJob = jobOptions(options)
  if (asJob) {
    const { bootstrapAsJob } = await import('./as-job.ts')
    await bootstrapAsJob(context, await paramsOf(context, place, name, options), options, asJob)
    return
  }
  const environs = await context.environs()
  const view = await progressView(output)
  const how: BootstrapControllerOptions = {
    signal,
    onProgress: (event) => view.show(event),
    ...(options.keepBroken ? { keepBroken: true } : {}),
  }
  const act = async (): Promise<readonly [object, string]> => {
    if (options.resume) {
      const controller = await context.controllerName(name ?? place)
      return madeResult(await environs.resumeBootstrap(controller, { ...(await agentWish(options)), ...how }))
    }
    const params = await paramsOf(context, place, name, options)
    if (options.dryRun) return planResult(await environs.planBootstrap(params, how))
    return madeResult(await environs.bootstrap(params, how))
  }
  let succeeded = false
  try {
    const result = await act()
    succeeded = true
    await view.finish(succeeded)
    output.result(...result)
  } finally {
    if (!succeeded) await view.finish(succeeded)
  }
}
