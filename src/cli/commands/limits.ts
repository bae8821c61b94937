import { regionByName } from '../../cloud/index.ts'
import { NotValidError } from '../../environ/index.ts'
import { type CloudLimit, DEFAULT_LIMITS, type JobKind } from '../../provisioner/index.ts'
import { cloudAndRegion } from '../cloud-and-region.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'
import { wholeNumber } from '../whole-number.ts'

/** Options of `environs jobs limit`. */
export interface LimitOptions {
  readonly atOnce: string
  readonly perWorker?: string
  readonly perSecond?: string
}

const MOST = 100_000
const KINDS = Object.keys(DEFAULT_LIMITS) as readonly JobKind[]

const count = (what: string, text: string): number => wholeNumber(text, { what, least: 1, most: MOST })

function kindOf(text: string): JobKind {
  const kind = KINDS.find((known) => known === text)
  if (kind) return kind
  throw new NotValidError(`"${text}" is not a kind of jobs`, { hint: `they are ${KINDS.join(', ')}` })
}

/** A cloud as jobs name it: with the region that is meant. */
async function placeOf(context: Context, text: string): Promise<string> {
  const { clouds, credentialStore } = await context.environs()
  const { cloud: name = '', region } = cloudAndRegion(text)
  const cloud = await clouds.get(name, { signal: context.signal })
  const meant =
    region === undefined
      ? ((await credentialStore.get(name)).defaultRegion ?? cloud.regions[0]?.name)
      : regionByName(cloud, region).name
  return [name, meant].filter(Boolean).join('/')
}

/** A limit as the command tells of it, without its cloud. */
const showLimit = ({ kind, atOnce, atOncePerWorker, perSecond }: Omit<CloudLimit, 'cloud'>) => ({
  kind,
  'at-once': atOnce,
  'per-worker': atOncePerWorker,
  ...(perSecond === undefined ? {} : { 'per-second': perSecond }),
})

const showWithCloud = (limit: CloudLimit) => ({ cloud: limit.cloud, ...showLimit(limit) })

export async function limits(context: Context): Promise<void> {
  const { output, signal } = context
  const { runner } = await context.jobs()
  const set = await runner.limits({ signal })
  const others = KINDS.map((kind) => ({ kind, ...DEFAULT_LIMITS[kind] }))
  const rows = [...set, ...others.map((limit) => ({ ...limit, cloud: '(others)' }))].map(
    (limit: CloudLimit) => [
      limit.cloud,
      limit.kind,
      String(limit.atOnce),
      String(limit.atOncePerWorker),
      String(limit.perSecond ?? ''),
    ],
  )
  output.result(
    { limits: set.map(showWithCloud), others: others.map(showLimit) },
    table([['CLOUD', 'KIND', 'AT ONCE', 'PER WORKER', 'PER SECOND'], ...rows]),
  )
}

export async function limit(
  context: Context,
  place: string,
  kindText: string,
  { atOnce: all, perWorker, perSecond }: LimitOptions,
): Promise<void> {
  const { output, signal } = context
  const kind = kindOf(kindText)
  const atOnce = count('a number of tasks at once', all)
  const wanted: CloudLimit = {
    cloud: await placeOf(context, place),
    kind,
    atOnce,
    atOncePerWorker:
      perWorker === undefined
        ? Math.min(atOnce, DEFAULT_LIMITS[kind].atOncePerWorker)
        : count('a number of tasks at once on a worker', perWorker),
    ...(perSecond === undefined ? {} : { perSecond: count('a number of tasks in a second', perSecond) }),
  }
  await (await context.jobs()).runner.setLimit(wanted, { signal })
  output.result(
    showWithCloud(wanted),
    `On ${wanted.cloud}, ${atOnce} tasks of kind ${kind} at once, ${wanted.atOncePerWorker} of them on a worker` +
      (wanted.perSecond === undefined ? '' : `, ${wanted.perSecond} in a second`),
  )
}
