/** Key pairs of users (https://docs.openstack.org/api-ref/compute/#keypairs-keypairs). */

import { Secret } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readOne } from '../service/read.ts'
import type { ComputeClient } from './compute-client.ts'
import { segment } from './path-segment.ts'
import { checkName } from './server-input.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'
import { VersionedList } from './versioned-list.ts'

/** A public key, or a certificate, that a user has in the cloud. It belongs to no project. */
export interface Keypair {
  /** What it is called by: key pairs have no id. */
  readonly name: string
  /** Absent below microversion 2.2, where all are `ssh`. */
  readonly type?: 'ssh' | 'x509' | undefined
  /** As in `authorized_keys`, or a certificate in PEM. */
  readonly publicKey: string
  /** MD5 with colons; of a certificate SHA-1. */
  readonly fingerprint: string
  /** Not in lists. */
  readonly userId?: string | undefined
  /** Not in lists. */
  readonly createdAt?: string | undefined
}

/** A key pair that was just made. */
export interface CreatedKeypair extends Keypair {
  /** In PEM, when the cloud made the pair: it is told only here. */
  readonly privateKey?: Secret | undefined
}

/** What a new key pair shall be. */
export interface CreateKeypair {
  /** 1 to 255 letters, digits, spaces, `_` and `-`; with microversion 2.92 also `@` and `.`. */
  readonly name: string
  /** Default: the cloud makes a pair, which no cloud does from microversion 2.92 on. */
  readonly publicKey?: string | undefined
  /** Default `ssh`; saying it needs microversion 2.2. */
  readonly type?: 'ssh' | 'x509' | undefined
  /** For that user. Administrators only. Needs microversion 2.10. */
  readonly userId?: string | undefined
}

/** Which key pairs to list. */
export interface KeypairQuery {
  /** Those of that user. Administrators only. Needs microversion 2.10. */
  readonly userId?: string | undefined
  /** Key pairs a page, from microversion 2.35; the cloud's own maximum, mostly 1,000, is the default. */
  readonly limit?: number | undefined
}

/** Whose key pair it is. */
export interface KeypairOptions extends CallOptions {
  /** That user's. Administrators only. Needs microversion 2.10. */
  readonly userId?: string | undefined
}

const keypairSchema = lazy(() =>
  z
    .object({
      name: z.string(),
      type: z.enum(['ssh', 'x509']).optional().catch(undefined),
      public_key: z.string(),
      fingerprint: z.string(),
      user_id: z.string().optional(),
      created_at: z.string().nullish(),
    })
    .transform(
      (wire): Keypair => ({
        name: wire.name,
        type: wire.type,
        publicKey: wire.public_key,
        fingerprint: wire.fingerprint,
        userId: wire.user_id,
        createdAt: wire.created_at ?? undefined,
      }),
    ),
)

const privateKeySchema = lazy(() => z.object({ private_key: z.string().optional() }))

/** With pages, or at least with types. */
const LIST: VersionRanges = [{ from: '2.35' }, { from: '2.10' }, { from: '2.2' }, {}]
const TYPED: VersionRanges = [{ from: '2.2' }, {}]

const ofUser = (userId: string | undefined): VersionRanges =>
  userId === undefined ? EVERY_VERSION : since('2.10')

/** `compute.keypairs`: those of the calling user. */
export class Keypairs {
  readonly #client: ComputeClient
  readonly #list: VersionedList<Keypair, KeypairQuery>

  constructor(client: ComputeClient) {
    this.#client = client
    this.#list = new VersionedList(client, {
      path: '/os-keypairs',
      key: 'keypairs',
      resource: 'key pair',
      schema: lazy(() => z.object({ keypair: keypairSchema() }).transform(({ keypair }) => keypair)),
      filters: { userId: true, limit: true },
      query: ({ userId, limit }) => ({ user_id: userId, limit }),
      versions: ({ userId }) => allOf([ofUser(userId), LIST]),
    })
  }

  list(query: KeypairQuery = {}, options: ListOptions = {}): AsyncIterable<Keypair> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: KeypairQuery = {}, options: ListOptions = {}): Promise<Keypair[]> {
    return this.#list.collect(query, options)
  }

  /** @throws NotFoundError */
  async get(name: string, { userId, ...options }: KeypairOptions = {}): Promise<Keypair> {
    const resource = resourceOf(name)
    const path = pathOf(name)
    const ranges = allOf([ofUser(userId), TYPED])
    const { json } = await this.#client.request({
      method: 'GET',
      path,
      query: { user_id: userId },
      microversion: await this.#client.microversionFor(ranges, `get ${resource}`, options),
      operation: 'get',
      resource,
      ...options,
    })
    return readOne(json, 'keypair', keypairSchema(), resource)
  }

  /** Imports a public key, or has the cloud make a pair. @throws AlreadyExistsError, QuotaExceededError */
  async create(create: CreateKeypair, options: CallOptions = {}): Promise<CreatedKeypair> {
    const { name, publicKey, type, userId } = create
    checkName('a key pair', name)
    const resource = resourceOf(name)
    const ranges = versionsForCreate(create)
    const { json } = await this.#client.request({
      method: 'POST',
      path: '/os-keypairs',
      json: { keypair: { name, public_key: publicKey, type, user_id: userId } },
      microversion: await this.#client.microversionFor(ranges, `create ${resource} like that`, options),
      operation: 'create',
      resource,
      ...options,
    })
    const created = readCreated(json, 'keypair', keypairSchema(), resource)
    const { private_key: privateKey } = readCreated(json, 'keypair', privateKeySchema(), resource)
    return { ...created, privateKey: privateKey === undefined ? undefined : new Secret(privateKey) }
  }

  /** Whether there was one: already gone is success. Servers keep the key. */
  async delete(name: string, { userId, ...options }: KeypairOptions = {}): Promise<boolean> {
    const path = pathOf(name)
    const resource = resourceOf(name)
    return await this.#client.delete({
      path,
      query: { user_id: userId },
      microversion: await this.#client.microversionFor(ofUser(userId), `delete ${resource}`, options),
      resource,
      ...options,
    })
  }
}

function versionsForCreate({ name, publicKey, type, userId }: CreateKeypair): VersionRanges {
  return allOf([
    ofUser(userId),
    type === undefined ? EVERY_VERSION : since('2.2'),
    /[@.]/.test(name) ? since('2.92') : EVERY_VERSION,
    publicKey === undefined ? [{ from: '2.2', to: '2.91' }, { to: '2.91' }] : TYPED,
  ])
}

function pathOf(name: string): string {
  return `/os-keypairs/${segment('the name of a key pair', name)}`
}

function resourceOf(name: string): string {
  return `key pair "${name}"`
}
