/** How the service gets at the servers that it keeps: nothing is read or changed but through here. */

import { supportsServerHosting } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { EnvironsError, InvalidRequestError, NotFoundError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { HostedServer, ResourceScope, ServerHosting, ServerId } from '../environ/server-hosting.ts'
import type { Clock, RandomSource } from '../environ/services.ts'
import { type ServerAction, type Authorizer, authorize } from './authorizer.ts'
import { capable } from './rules.ts'
import type { Server } from './server.ts'
import { LABELS, type ServerRecord, type ServerStore } from './server-store.ts'
import { serverStatus } from './status.ts'

/** The version of the service that a server was made by; others are not touched. */
export const API_VERSION = 2

/** What the service works with. */
export interface ServerServices {
  readonly environ: Environ
  readonly store: ServerStore
  readonly authorizer: Authorizer
  readonly clock: Clock
  readonly random: RandomSource
}

const notFound = (id: ServerId): NotFoundError =>
  new NotFoundError(`server ${id} not found`, {
    resource: `server ${id}`,
    hint: 'list the servers that there are',
  })

export const hosting = ({ environ }: ServerServices): ServerHosting =>
  capable(environ, supportsServerHosting, 'serverHosting').serverHosting

/** To whom a server belongs. */
export const scopeOf = ({ labels }: ServerRecord): ResourceScope => ({
  organization: labels[LABELS.organization] ?? '',
  project: labels[LABELS.project] ?? '',
  region: labels[LABELS.region] ?? '',
})

/** What somebody wants to do with a server. */
export const actionOn = (
  verb: ServerAction['verb'],
  { organization, project }: ResourceScope,
): ServerAction => ({
  verb,
  resource: 'region:servers',
  organization,
  project,
})

/** Whether a server is of this version of the service. @throws EnvironsError when its label is no version */
function isOfThisVersion({ id, labels }: ServerRecord): boolean {
  const label = labels[LABELS.apiVersion]
  if (label === undefined) return false
  if (/^[0-9]+$/.test(label)) return Number(label) === API_VERSION
  throw new EnvironsError(`internal consistency: server ${id} has the version "${label}", which is none`, {
    resource: `server ${id}`,
    hint: 'correct the record of the server in the store',
  })
}

/** Whether a server belongs to the environ's model. */
export const isOfModel = ({ labels }: ServerRecord, environ: Environ): boolean =>
  labels[LABELS.identity] === environ.config().uuid

/**
 * What is kept of a server, for somebody who may see it, and may do `verb`.
 * @throws NotFoundError, ForbiddenError
 */
export async function ownRecord(
  { environ, store, authorizer }: ServerServices,
  id: ServerId,
  verb: ServerAction['verb'],
  options?: CallOptions,
): Promise<ServerRecord> {
  const record = await store.servers.get(id)
  if (!record || !isOfModel(record, environ)) throw notFound(id)
  const scope = scopeOf(record)
  await authorize(authorizer, actionOn('read', scope), options)
  if (!isOfThisVersion(record)) throw notFound(id)
  if (verb !== 'read') await authorize(authorizer, actionOn(verb, scope), options)
  return record
}

/** The servers of this version and the environ's model. */
export async function ownRecords({ environ, store }: ServerServices): Promise<readonly ServerRecord[]> {
  return (await store.servers.all()).filter(
    (record) => isOfModel(record, environ) && record.labels[LABELS.apiVersion] === String(API_VERSION),
  )
}

/** What the cloud has of a server. */
export async function findHosted(
  services: ServerServices,
  { id }: ServerRecord,
  options?: CallOptions,
): Promise<HostedServer | undefined> {
  return (await hosting(services).list({ ids: [id] }, options))[0]
}

/** @throws NotFoundError when the cloud does not have it */
export async function requireHosted(
  services: ServerServices,
  record: ServerRecord,
  options?: CallOptions,
): Promise<HostedServer> {
  const hosted = await findHosted(services, record, options)
  if (hosted) return hosted
  throw new NotFoundError(`the cloud has no server "${record.name}"`, {
    resource: `server ${record.id}`,
    hint: record.state === 'ready' ? 'delete it, and create it again' : `it is ${record.state}`,
  })
}

/** @throws InvalidRequestError for one that is being made or deleted */
export function checkSettled({ id, name, state }: ServerRecord, operation: string): void {
  if (state === 'ready') return
  throw new InvalidRequestError(
    `server "${name}" is ${state === 'creating' ? 'being made' : 'being deleted'}`,
    {
      operation,
      resource: `server ${id}`,
      hint:
        state === 'creating'
          ? 'wait, or delete it if whoever made it is gone'
          : 'delete it again if it does not go',
    },
  )
}

/** A server as callers see it: what is kept, and what the cloud says. */
export function toServer(record: ServerRecord, hosted: HostedServer | undefined, now: number): Server {
  const { id, name, labels, image, flavor, publicIp, securityGroups, allowedSourceAddresses, tags, ssh } =
    record
  return {
    id,
    name,
    ...scopeOf(record),
    network: labels[LABELS.network] ?? '',
    identity: labels[LABELS.identity] ?? '',
    image,
    flavor,
    publicIp,
    securityGroups,
    allowedSourceAddresses,
    tags,
    ssh,
    status: serverStatus(record, hosted, now),
    addresses: hosted?.addresses ?? [],
    ...(hosted ? { instanceId: hosted.instanceId } : {}),
  }
}
