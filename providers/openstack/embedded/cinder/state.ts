import { randomUUID } from 'node:crypto'
import type { ImageStore } from '../glance/images.ts'
import type { Settings } from '../options.ts'
import type { Timers } from '../timers.ts'
import { cinderError, invalidVolume, noVolume, overLimit } from './errors.ts'
import { type VolumeType, volumeTypes } from './types.ts'
import type { Attachment, Volume } from './volume.ts'

/**
 * What Cinder of one region knows. Nova uses the seam of three for volumes of servers: `reserve` before it answers,
 * `attach` when the guest has the device, `detach` when it has it no longer.
 */
export class VolumeState {
  readonly volumes = new Map<string, Volume>()
  readonly types: readonly VolumeType[] = volumeTypes()
  readonly zones: readonly string[]
  readonly images: ImageStore
  readonly settings: Settings
  readonly #timers: Timers
  #serial = 0

  constructor(settings: Settings, timers: Timers, images: ImageStore) {
    this.settings = settings
    this.#timers = timers
    this.images = images
    this.zones = settings.seed.zones.map(({ name }) => name)
  }

  usage(projectId: string): { volumes: number; gigabytes: number } {
    let [volumes, gigabytes] = [0, 0]
    for (const volume of this.volumes.values()) {
      if (volume.projectId !== projectId) continue
      volumes += 1
      gigabytes += volume.size
    }
    return { volumes, gigabytes }
  }

  /** Refuses more than the quotas allow: `more` GiB, in a volume of `size` GiB, in `count` new volumes. */
  claim(projectId: string, size: number, more: number, count: 0 | 1): void {
    const { perVolumeGigabytes, volumes, gigabytes } = this.settings.quotas
    if (exceeds(size, perVolumeGigabytes)) {
      throw overLimit(
        'VolumeSizeExceedsLimit',
        `Requested volume size ${size}G is larger than maximum allowed limit ${perVolumeGigabytes}G.`,
      )
    }
    const used = this.usage(projectId)
    if (exceeds(used.gigabytes + more, gigabytes)) {
      throw overLimit(
        'VolumeSizeExceedsAvailableQuota',
        `Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${more}G, quota is ${gigabytes}G and ${used.gigabytes}G has been consumed.`,
      )
    }
    if (exceeds(used.volumes + count, volumes)) {
      throw overLimit(
        'VolumeLimitExceeded',
        `Maximum number of volumes allowed (${volumes}) exceeded for quota 'volumes'.`,
      )
    }
  }

  /** Adds a volume in `creating`; it becomes `available` in the background, or `error` where its metadata asks for it. */
  add(given: Omit<Volume, 'id' | 'serial' | 'created' | 'status' | 'attachments' | 'updated'>): Volume {
    this.#serial += 1
    const volume: Volume = {
      ...given,
      id: randomUUID(),
      serial: this.#serial,
      created: Date.now(),
      status: 'creating',
      attachments: [],
      updated: undefined,
    }
    this.volumes.set(volume.id, volume)
    const fails = volume.metadata.loopback_fault === 'create'
    this.#later(volume, 'creating', this.settings.buildMillis, fails ? 'error' : 'available')
    return volume
  }

  remove(volume: Volume): void {
    const fails = volume.metadata.loopback_fault === 'delete'
    setStatus(volume, 'deleting')
    this.#timers.after(this.settings.deleteMillis, () => {
      if (fails) setStatus(volume, 'error_deleting')
      else this.volumes.delete(volume.id)
    })
  }

  extend(volume: Volume, size: number): void {
    const before = volume.status
    setStatus(volume, 'extending')
    this.#later(volume, 'extending', this.settings.deleteMillis, before, () => {
      volume.size = size
    })
  }

  /** Keeps a volume for one server that is about to attach it. @throws Refusal 404, and 400 when it is not available */
  reserve(id: string, projectId: string): Volume {
    const volume = this.#own(id, projectId)
    const shared = volume.type.multiattach && volume.status === 'in-use'
    if (volume.status !== 'available' && !shared) {
      throw invalidVolume(
        `Volume ${id} status must be available or downloading to reserve, but the current status is ${volume.status}.`,
      )
    }
    if (!shared) setStatus(volume, 'reserved')
    return volume
  }

  /** Notes that a server has the volume now, which was reserved for it. @throws Refusal 404 */
  attach(id: string, projectId: string, serverId: string, device: string): Attachment {
    const volume = this.#own(id, projectId)
    const attachment = { id: randomUUID(), serverId, device, attached: Date.now() }
    volume.attachments.push(attachment)
    setStatus(volume, 'in-use')
    return attachment
  }

  /** Ends a reservation or an attachment of the server; nothing when there is none, or no such volume. */
  detach(id: string, serverId: string): void {
    const volume = this.volumes.get(id)
    if (!volume) return
    volume.attachments = volume.attachments.filter((each) => each.serverId !== serverId)
    if (volume.attachments.length > 0) return
    if (['in-use', 'reserved', 'detaching'].includes(volume.status)) setStatus(volume, 'available')
  }

  #own(id: string, projectId: string): Volume {
    const volume = this.volumes.get(id)
    if (volume?.projectId !== projectId) throw noVolume(id)
    return volume
  }

  #later(volume: Volume, from: string, ms: number, to: string, act?: () => void): void {
    this.#timers.after(ms, () => {
      if (volume.status !== from) return
      act?.()
      setStatus(volume, to)
    })
  }
}

/** Refuses what only an unattached volume in a status of rest is open to. */
export function checkDeletable(volume: Volume): void {
  if (DELETABLE.includes(volume.status) && volume.attachments.length === 0) return
  throw invalidVolume(
    `Volume status must be ${DELETABLE.join(' or ')} and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.`,
  )
}

const DELETABLE = ['available', 'error', 'error_restoring', 'error_extending', 'error_managing']

function exceeds(wanted: number, limit: number): boolean {
  return limit >= 0 && wanted > limit
}

export function setStatus(volume: Volume, status: string): void {
  volume.status = status
  volume.updated = Date.now()
}

/** The type of that id or name. @throws Refusal 404 */
export function typeOf(state: VolumeState, nameOrId: string): VolumeType {
  const found = state.types.find(({ id, name }) => id === nameOrId || name === nameOrId)
  if (!found) throw cinderError(404, `Volume type with name ${nameOrId} could not be found.`)
  return found
}
