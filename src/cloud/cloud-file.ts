/** One cloud of `clouds.yaml`, in Juju's format. */

import * as z from 'zod'
import { didYouMean } from '../environ/nearest.ts'
import type { YamlContent, YamlPath } from '../files/yaml-file.ts'
import type { Cloud, CloudRegion } from './cloud.ts'

const text = z.string().optional()
const texts = z.array(z.string()).nullish()
const attributes = z.record(z.string(), z.unknown()).nullish()
const endpoints = { endpoint: text, 'identity-endpoint': text, 'storage-endpoint': text }
const region = z.looseObject(endpoints).nullish()

const cloud = z.looseObject({
  name: z.unknown().optional(),
  type: z.string().min(1),
  'host-cloud-region': text,
  description: text,
  'auth-types': texts,
  ...endpoints,
  regions: z.record(z.string(), region).nullish(),
  config: attributes,
  'region-config': z.record(z.string(), attributes).nullish(),
  'ca-certificates': texts,
  'skip-tls-verify': z.boolean().optional(),
  'is-controller-cloud': z.boolean().optional(),
})

type CloudDocument = z.infer<typeof cloud>

const given = <T extends object>(fields: { readonly [K in keyof T]?: T[K] | undefined | null }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as T

/** What may be wrong with a cloud without making it useless: names that nobody knows. */
export interface CloudWarning {
  readonly message: string
  readonly line?: number
}

/** Where a cloud stands in its file. */
interface Place {
  readonly name: string
  readonly content: YamlContent
  readonly path: YamlPath
}

/** @throws Error saying what is wrong, and in which line */
export function parseCloud(document: unknown, place: Place): Cloud {
  const result = cloud.safeParse(document)
  if (!result.success) {
    const [issue] = result.error.issues
    const inner = issue?.path.map(String) ?? []
    const line = place.content.line([...place.path, ...inner]) ?? place.content.line(place.path)
    throw new Error(
      `line ${line}: cloud "${place.name}"${inner.map((key) => `, ${key}`).join('')}: ${issue?.message}`,
    )
  }
  return fromDocument(result.data, place)
}

function fromDocument(document: CloudDocument, { name, content, path }: Place): Cloud {
  const regions = content.keys([...path, 'regions']).map((region): CloudRegion => {
    const own = document.regions?.[region]
    // A blank endpoint is the cloud's.
    return given<CloudRegion>({
      name: region,
      endpoint: own?.endpoint || document.endpoint,
      identityEndpoint: own?.['identity-endpoint'] || document['identity-endpoint'],
      storageEndpoint: own?.['storage-endpoint'] || document['storage-endpoint'],
    })
  })
  const regionConfig = document['region-config']
  return given<Cloud>({
    name,
    type: document.type,
    description: document.description,
    authTypes: document['auth-types'] ?? [],
    endpoint: document.endpoint,
    identityEndpoint: document['identity-endpoint'],
    storageEndpoint: document['storage-endpoint'],
    regions,
    caCertificates: document['ca-certificates'],
    skipTlsVerify: document['skip-tls-verify'],
    config: document.config,
    regionConfig:
      regionConfig &&
      Object.fromEntries(Object.entries(regionConfig).map(([region, config]) => [region, config ?? {}])),
  })
}

/** Names in a cloud that mean nothing, each with the one that was probably meant. */
export function cloudWarnings({ name, content, path }: Place): readonly CloudWarning[] {
  const unknown = (inner: YamlPath, known: readonly string[]): CloudWarning[] =>
    content
      .keys([...path, ...inner])
      .filter((key) => !known.includes(key))
      .map((key) => {
        const line = content.line([...path, ...inner, key])
        const where = [`cloud "${name}"`, ...inner].join(', ')
        return {
          message: `${where}: "${key}" means nothing${didYouMean(key, known)}`,
          ...(line === undefined ? {} : { line }),
        }
      })
  const regions = content.keys([...path, 'regions'])
  return [
    ...unknown([], Object.keys(cloud.shape)),
    ...regions.flatMap((key) => unknown(['regions', key], Object.keys(endpoints))),
    ...unknown(['region-config'], regions),
  ]
}

/** A cloud as its entries in the file; those that it does not have are `undefined`. */
export function cloudEntries(cloud: Cloud): Readonly<Record<string, unknown>> {
  const ownEndpoints = (of: Cloud | CloudRegion, than?: Cloud) => ({
    endpoint: of.endpoint === than?.endpoint ? undefined : of.endpoint,
    'identity-endpoint': of.identityEndpoint === than?.identityEndpoint ? undefined : of.identityEndpoint,
    'storage-endpoint': of.storageEndpoint === than?.storageEndpoint ? undefined : of.storageEndpoint,
  })
  return {
    type: cloud.type,
    description: cloud.description,
    'auth-types': cloud.authTypes,
    ...ownEndpoints(cloud),
    regions:
      cloud.regions.length === 0
        ? undefined
        : Object.fromEntries(cloud.regions.map((each) => [each.name, given(ownEndpoints(each, cloud))])),
    config: cloud.config,
    'region-config': cloud.regionConfig,
    'ca-certificates': cloud.caCertificates,
    'skip-tls-verify': cloud.skipTlsVerify,
  }
}
