import { supportsImageCatalog, supportsSnapshots } from '../environ/capabilities.ts'
import type { Snapshot } from '../environ/operations.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ServerId } from '../environ/server-hosting.ts'
import { checkSettled, ownRecord, requireHosted, scopeOf, type ServerServices } from './access.ts'
import { authorize } from './authorizer.ts'
import { translating } from './failures.ts'
import { capable, checkTags } from './rules.ts'

/** Tags of an image that say where it comes from, in the region service's words. */
const PROVENANCE = {
  source: 'images.unikorn-cloud.org:source',
  organization: 'images.unikorn-cloud.org:organization-id',
} as const

/** What a snapshot of a server shall be. */
export interface ServerSnapshotParams {
  readonly name: string
  /** Besides those that say where it comes from. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Lets everybody on the cloud use it; default false. */
  readonly publish?: boolean | undefined
}

/** See `ServerService.snapshot`: who may is asked in this order, the server first. */
export async function snapshotServer(
  services: ServerServices,
  id: ServerId,
  { name, tags = {}, publish = false }: ServerSnapshotParams,
  options: CallOptions = {},
): Promise<Snapshot> {
  const { environ, authorizer } = services
  const record = await ownRecord(services, id, 'read', options)
  const { organization } = scopeOf(record)
  await authorize(authorizer, { verb: 'create', resource: 'region:images', organization }, options)
  const { snapshots } = capable(environ, supportsSnapshots, 'snapshots')
  const catalog = publish ? capable(environ, supportsImageCatalog, 'imageCatalog').imageCatalog : undefined
  checkTags(tags)
  checkSettled(record, 'snapshot')
  const provenance = { [PROVENANCE.source]: 'snapshot', [PROVENANCE.organization]: organization }
  return await translating('snapshot', record, options.signal, async () => {
    const { instanceId } = await requireHosted(services, record, options)
    const snapshot = await snapshots.create(instanceId, { name, tags: { ...tags, ...provenance } }, options)
    try {
      await catalog?.publish(snapshot.id, options)
      return snapshot
    } catch (error) {
      // What failed first is what is told.
      await snapshots.delete(snapshot.id).catch(() => undefined)
      throw error
    }
  })
}
