/** Power, consoles and snapshots of one model's machines. */

import {
  type CallOptions,
  ConflictError,
  type ConsoleOutputOptions,
  type Consoles,
  type ConsoleSession,
  NotFoundError,
  NotValidError,
  type Power,
  RESERVED_TAG_PREFIX,
  type Snapshot,
  type SnapshotParams,
  type Snapshots,
  TAG_MODEL,
} from 'cloud-environs/provider'
import type { MemoryCloud, MemoryImage, MemoryMachine } from './cloud.ts'

/** Tag of a snapshot: what it was taken of. */
const SOURCE = 'juju-snapshot-of'

/** Gives a machine of the model. @throws NotFoundError */
export type OwnMachine = (id: string) => MemoryMachine

/** Machines here are off or on, and turn at once. */
export class MemoryPower implements Power {
  readonly #cloud: MemoryCloud
  readonly #own: OwnMachine

  constructor(cloud: MemoryCloud, own: OwnMachine) {
    this.#cloud = cloud
    this.#own = own
  }

  async start(id: string): Promise<void> {
    this.#cloud.setMachine({ ...this.#own(id), stopped: false })
  }

  async stop(id: string): Promise<void> {
    this.#cloud.setMachine({ ...this.#own(id), stopped: true })
  }

  async reboot(id: string): Promise<void> {
    checkRunning(this.#own(id), 'reboot')
  }
}

/** Consoles on which every machine says the same. */
export class MemoryConsoles implements Consoles {
  readonly #own: OwnMachine

  constructor(own: OwnMachine) {
    this.#own = own
  }

  async output(id: string, { lines }: ConsoleOutputOptions = {}): Promise<string> {
    const { name } = this.#own(id)
    const output = ['booting', `${name} login: `]
    return output.slice(lines === undefined ? 0 : -lines).join('\n')
  }

  async session(id: string): Promise<ConsoleSession> {
    checkRunning(this.#own(id), 'open a console of')
    return { url: `memory:console/${id}`, protocol: 'serial' }
  }
}

/** Snapshots, which are ready at once. */
export class MemorySnapshots implements Snapshots {
  readonly #cloud: MemoryCloud
  readonly #modelUuid: string
  readonly #own: OwnMachine

  constructor(cloud: MemoryCloud, modelUuid: string, own: OwnMachine) {
    this.#cloud = cloud
    this.#modelUuid = modelUuid
    this.#own = own
  }

  async create(id: string, { name, tags = {} }: SnapshotParams, options?: CallOptions): Promise<Snapshot> {
    const reserved = Object.keys(tags).find((key) => key.startsWith(RESERVED_TAG_PREFIX))
    if (reserved !== undefined) throw new NotValidError(`tag "${reserved}" is reserved`)
    options?.signal?.throwIfAborted()
    const { image } = this.#own(id)
    const made = this.#cloud.createSnapshot({
      ...image,
      name,
      public: false,
      tags: { ...image.tags, ...tags, [TAG_MODEL]: this.#modelUuid, [SOURCE]: id },
    })
    return toSnapshot(made)
  }

  async list({ source }: { readonly source?: string | undefined } = {}): Promise<readonly Snapshot[]> {
    return this.#all()
      .map(toSnapshot)
      .filter((snapshot) => source === undefined || snapshot.source === source)
      .toReversed()
  }

  async delete(id: string): Promise<void> {
    if (this.#all().some((snapshot) => snapshot.id === id)) this.#cloud.deleteSnapshot(id)
  }

  #all(): readonly MemoryImage[] {
    return this.#cloud.snapshots().filter(({ tags }) => tags?.[TAG_MODEL] === this.#modelUuid)
  }
}

function checkRunning({ id, stopped }: MemoryMachine, doing: string): void {
  if (stopped) {
    throw new ConflictError(`cannot ${doing} instance ${id}: it is stopped`, { resource: `instance ${id}` })
  }
}

const toSnapshot = ({ id, name = '', state = 'ready', tags = {} }: MemoryImage): Snapshot => ({
  id,
  name,
  state,
  tags,
  source: tags[SOURCE] ?? '',
})

/** The error for a machine that the model does not have. */
export const noMachine = (id: string): NotFoundError =>
  new NotFoundError(`instance ${id} not found`, { resource: `instance ${id}` })
