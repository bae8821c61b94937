import type { Secret } from '../cloud/secret.ts'
import { AlreadyExistsError, ConflictError } from '../environ/errors.ts'
import type { ServerId } from '../environ/server-hosting.ts'
import type { ServerPhase, ServerSsh } from './server.ts'

/** What is kept of anything: an id, and a number that changes with each change. */
export interface StoredRecord {
  readonly id: string
  /** Counts from 1. */
  readonly revision: number
}

/** Something that is kept for the first time. */
export type NewRecord<T extends StoredRecord> = Omit<T, 'revision'>

/** Keeps things of one kind by their ids; several processes may use one. */
export interface RecordStore<T extends StoredRecord> {
  /** In no order. */
  all(): Promise<readonly T[]>
  get(id: string): Promise<T | undefined>
  /** Nobody else comes in between. @throws AlreadyExistsError when the id is taken */
  insert(record: NewRecord<T>): Promise<T>
  /**
   * Replaces what is kept, if nobody has since this revision of it was read; gives the next one.
   * @throws ConflictError when somebody has, or it is gone
   */
  replace(record: T): Promise<T>
  /** An id that is not there is no error. */
  remove(id: string): Promise<void>
}

/** Labels of every server, all of them texts: what it belongs to, and which version of the service made it. */
export const LABELS = {
  organization: 'organization',
  project: 'project',
  region: 'region',
  identity: 'identity',
  network: 'network',
  apiVersion: 'resource-api-version',
} as const

/** What is kept of a server. It stays until the cloud has nothing of it. */
export interface ServerRecord extends StoredRecord {
  readonly id: ServerId
  readonly name: string
  /** Tells two attempts at one name apart. */
  readonly attempt: string
  /** See {@link LABELS}. */
  readonly labels: Readonly<Record<string, string>>
  /** `creating` until it has run once. */
  readonly state: 'creating' | 'ready' | 'deleting'
  readonly image: string
  readonly flavor: string
  /** Base64, as the cloud was given it or will be when the server is built anew. */
  readonly userData?: Secret | undefined
  readonly publicIp: boolean
  readonly securityGroups: readonly string[]
  readonly allowedSourceAddresses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly ssh: ServerSsh
  /** The phase that a call under way leads to, and when that began, in milliseconds since the epoch. */
  readonly hint?: { readonly phase: ServerPhase; readonly since: number } | undefined
}

/** An authority of a project, whose certificates for users its servers trust. */
export interface SshAuthority extends StoredRecord {
  readonly organization: string
  readonly project: string
  /** A line of OpenSSH's. */
  readonly publicKey: string
}

/** The key of all servers of one model in SSH mode `keypair`. Its id is the model's UUID. */
export interface IdentityKey extends StoredRecord {
  readonly publicKey: string
  /** OpenSSH's private key format. */
  readonly privateKey: Secret
}

/** Keeps what the server service has to know. */
export interface ServerStore {
  readonly servers: RecordStore<ServerRecord>
  readonly authorities: RecordStore<SshAuthority>
  readonly keys: RecordStore<IdentityKey>
}

/** The error for an id that is taken. */
export const taken = (kind: string, id: string): AlreadyExistsError =>
  new AlreadyExistsError(`${kind} ${id} already exists`, { resource: `${kind} ${id}` })

/** The error for a record that somebody else has changed or removed. */
export const changed = (kind: string, id: string): ConflictError =>
  new ConflictError(`${kind} ${id} was changed at the same time`, {
    resource: `${kind} ${id}`,
    hint: 'look at it again, and repeat what is still to be done',
  })
