/** What volumes that will be attached demand of the zone of a machine. */

import {
  findError,
  NotSupportedError,
  NotValidError,
  type StartInstanceParams,
  type VolumeAttachmentParams,
} from 'cloud-environs/provider'
import type { Scope } from './scope.ts'
import { modelVolumes, volumeNotFound } from './volumes-of-model.ts'
import { askedZone, availabilityZones } from './zones.ts'

/** What a zone follows from. */
export type ZoneDemands = Pick<StartInstanceParams, 'availabilityZone' | 'placement' | 'volumeAttachments'>

/**
 * The zone that the caller, the placement or the volumes of a machine demand; none: any will do.
 * @throws NotValidError when they contradict each other; NotFoundError for a volume that is not of this model
 */
export async function machineZone(
  scope: Scope,
  demands: ZoneDemands,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { availabilityZone, placement, volumeAttachments = [] } = demands
  const [asked, ofVolumes] = await Promise.all([
    askedZone(scope, demands, signal),
    volumesZone(scope, volumeAttachments, signal),
  ])
  if (asked === undefined || ofVolumes === undefined || asked === ofVolumes) return asked ?? ofVolumes
  const directive = availabilityZone === undefined ? `placement "${placement}": ` : ''
  throw new NotValidError(
    `${directive}cannot create instance in zone "${asked}", as this will prevent attaching the requested disks in zone "${ofVolumes}"`,
    { operation: 'startInstance', hint: `ask for zone "${ofVolumes}", or for none` },
  )
}

async function volumesZone(
  scope: Scope,
  attachments: readonly VolumeAttachmentParams[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const wanted = attachments.flatMap(({ volumeTag, volumeId }) =>
    volumeId === undefined ? [] : [{ volumeTag, volumeId }],
  )
  if (wanted.length === 0) return undefined
  const [volumes, zones] = await Promise.all([modelVolumes(scope, signal), novaZones(scope, signal)])
  const placed = wanted.flatMap(({ volumeTag, volumeId }) => {
    const volume = volumes.find(({ id }) => id === volumeId)
    if (!volume) throw volumeNotFound(volumeId)
    const zone = volume.availabilityZone
    // Cinder's zones need not be Nova's: one that Nova does not have says nothing about servers.
    return zone !== undefined && zones.has(zone) ? [{ volumeTag, zone }] : []
  })
  const [first] = placed
  if (placed.every(({ zone }) => zone === first?.zone)) return first?.zone
  const pairs = placed.map(({ volumeTag, zone }) => `${volumeTag} in "${zone}"`).join(', ')
  throw new NotValidError(`cannot attach volumes from different zones to one machine: ${pairs}`, {
    operation: 'startInstance',
    hint: 'attach the volumes of one zone only',
  })
}

async function novaZones(scope: Scope, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  try {
    return new Set((await availabilityZones(scope, signal)).map(({ name }) => name))
  } catch (error) {
    if (findError(error, NotSupportedError)) return new Set()
    throw error
  }
}
