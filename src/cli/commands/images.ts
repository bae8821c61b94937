import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { metadataSourceAttributes } from '../../bootstrap/metadata-source.ts'
import { formatBase, newModelConfig, parseBase } from '../../config/index.ts'
import {
  type Environ,
  hasRegion,
  type ImageMetadata,
  listsImages,
  NotFoundError,
  NotSupportedError,
  NotValidError,
} from '../../environ/index.ts'
import { generateImageMetadata, type ImagesOfEnviron, inspectImageMetadata } from '../../images/index.ts'
import { urlDataSource } from '../../simplestreams/url-source.ts'
import { cloudAndRegion } from '../cloud-and-region.ts'
import type { Context } from '../context.ts'
import { metadataPlace } from '../metadata-place.ts'
import { table } from '../output.ts'

/** Options of `environs images generate`. */
export interface GenerateOptions {
  readonly cloud?: string
  readonly credential?: string
  readonly id?: string
  readonly base?: string
  readonly arch?: string
  readonly region?: string
  readonly endpoint?: string
  readonly stream?: string
  readonly virtType?: string
  readonly storage?: string
  readonly privateKey?: string
}

/** Options of `environs images find`. */
export interface FindOptions {
  readonly credential?: string
  readonly controller?: string
  readonly metadataSource?: string
  readonly base?: string
  readonly arch?: string
  readonly stream?: string
}

/** Options of `environs images validate`. */
export interface ValidateOptions {
  readonly publicKey?: string
}

/** What unlocks a private key. */
const PASSPHRASE = 'ENVIRONS_KEY_PASSPHRASE'

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw new NotFoundError(`${path} cannot be read`, { cause: error, resource: path })
  })
}

/** An environ on a cloud, for looking. */
async function openOn(
  context: Context,
  place: string | undefined,
  credential: string | undefined,
  attributes: Readonly<Record<string, unknown>> = {},
): Promise<Environ> {
  const environs = await context.environs()
  const query = { ...cloudAndRegion(place), ...(credential ? { credential } : {}) }
  const { spec, config } = await environs.clouds.find(query, { signal: context.signal })
  const given = { name: 'images', type: spec.type, uuid: crypto.randomUUID() }
  return await environs.open({
    cloud: spec,
    config: await newModelConfig({ ...config, ...attributes, ...given }),
  })
}

type Place = Pick<ImageMetadata, 'region' | 'endpoint'>

/** The image that the options describe. */
function describedImage(options: GenerateOptions, { region, endpoint }: Place): ImageMetadata {
  const { id, base, arch, stream, virtType, storage } = options
  const missing = Object.entries({ id, base, arch, region, endpoint }).flatMap(([name, value]) =>
    value === undefined || value === '' ? [`--${name}`] : [],
  )
  if (id === undefined || base === undefined || arch === undefined || missing.length > 0) {
    throw new NotValidError(`an image needs ${missing.join(', ')}`, {
      hint: 'or give --cloud, without --id, for all images that the cloud lists',
    })
  }
  return {
    id,
    ...parseBase(base),
    arch,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(stream === undefined ? {} : { stream }),
    ...(virtType === undefined ? {} : { virtType }),
    ...(storage === undefined ? {} : { storage }),
  }
}

/** All images that a cloud lists; of several alike the first, which is the newest. */
async function listedImages(
  environ: Environ,
  place: Place,
  { base, arch, stream }: GenerateOptions,
  signal: AbortSignal,
): Promise<readonly ImageMetadata[]> {
  if (!listsImages(environ)) throw new NotSupportedError('this cloud does not list its images')
  const wanted = base === undefined ? undefined : parseBase(base)
  const newest = new Map<string, ImageMetadata>()
  for (const image of await environ.images({ signal })) {
    if (wanted && (image.os !== wanted.os || image.version !== wanted.version)) continue
    if (arch !== undefined && image.arch !== arch) continue
    const kind = JSON.stringify([image.os, image.version, image.arch, image.virtType, image.storage])
    if (!newest.has(kind)) newest.set(kind, { ...image, ...place, ...(stream ? { stream } : {}) })
  }
  if (newest.size > 0) return [...newest.values()]
  throw new NotFoundError('the cloud lists no such image', {
    resource: 'image',
    hint: 'set os_distro, os_version and architecture of its images, or name one with --id',
  })
}

async function imagesToWrite(context: Context, options: GenerateOptions): Promise<readonly ImageMetadata[]> {
  const { cloud, credential, id } = options
  const given: Place = {
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  }
  if (cloud === undefined) return [describedImage(options, given)]
  await using environ = await openOn(context, cloud, credential)
  if (!hasRegion(environ)) throw new NotSupportedError('this cloud has no regions that metadata can be for')
  const place = { ...environ.region(), ...given }
  return id === undefined
    ? await listedImages(environ, place, options, context.signal)
    : [describedImage(options, place)]
}

const HEAD = ['IMAGE', 'BASE', 'ARCH', 'STREAM', 'REGION', 'SOURCE']

const row = (image: ImageMetadata): readonly string[] => [
  image.id,
  formatBase(image),
  image.arch,
  image.stream ?? '',
  image.region ?? '',
  image.source ?? '',
]

export async function generate(context: Context, place: string, options: GenerateOptions): Promise<void> {
  const { privateKey } = options
  const passphrase = process.env[PASSPHRASE]
  const signing =
    privateKey === undefined
      ? undefined
      : { privateKey: await textOf(privateKey), ...(passphrase ? { passphrase } : {}) }
  const images = await imagesToWrite(context, options)
  const directory = resolve(place)
  const written = await generateImageMetadata({ directory, images, ...(signing ? { signing } : {}) })
  context.output.result({ images, written }, `${table([HEAD, ...images.map(row)])}\n\n${written.join('\n')}`)
}

function show(context: Context, { images, resolved, skipped }: ImagesOfEnviron): void {
  const { output } = context
  for (const { source, error } of skipped) output.say(`"${source}" has nothing: ${error.message}`)
  const from = resolved?.indexUrl ?? 'the cloud itself'
  const shown = skipped.map(({ source, error }) => ({ source, reason: error.message }))
  output.result(
    { images, ...(resolved ? { resolved } : {}), skipped: shown },
    images.length === 0 ? 'No images.' : `${table([HEAD, ...images.map(row)])}\n\nfrom ${from}`,
  )
}

export async function find(context: Context, place: string | undefined, options: FindOptions): Promise<void> {
  const { signal } = context
  const { controller, arch, stream, metadataSource } = options
  const base = options.base === undefined ? undefined : parseBase(options.base)
  const look = async (environ: Environ): Promise<void> => {
    const wanted = {
      base: base ?? parseBase(environ.config().defaultBase),
      ...(arch === undefined ? {} : { constraints: { arch } }),
    }
    show(context, await (await context.environs()).findImages(environ, wanted, { signal }))
  }
  if (controller !== undefined) return await context.withController(controller, look)
  const source = metadataSource === undefined ? undefined : metadataPlace(metadataSource)
  await using environ = await openOn(context, place, options.credential, {
    ...(await metadataSourceAttributes(source)),
    ...(stream === undefined ? {} : { 'image-stream': stream }),
  })
  await look(environ)
}

export async function validate(context: Context, place: string, options: ValidateOptions): Promise<void> {
  const { output, signal } = context
  const base = metadataPlace(place).replace(/\/+$/, '')
  const source = urlDataSource({
    description: place,
    baseUrl: base.includes('://') ? `${base}/images` : join(base, 'images'),
    ...(options.publicKey === undefined ? {} : { publicSigningKey: await textOf(options.publicKey) }),
  })
  const report = await inspectImageMetadata(source, { signal })
  const { documents, images, faults } = report
  if (faults.length === 0) {
    output.result(
      report,
      `${images} images in ${documents.length} documents, and nothing is wrong with them.`,
    )
    return
  }
  output.result(
    report,
    faults
      .map(({ document, path, problem }) => `${document}: ${path ? `${path}: ` : ''}${problem}`)
      .join('\n'),
  )
  throw new NotValidError(
    `the metadata at ${place} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`,
    {
      resource: place,
      hint: 'correct them, or write it anew with "environs images generate"',
    },
  )
}
