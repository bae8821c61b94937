import { isText, type JsonObject, objectAt } from '../json.ts'
import type { Access } from '../access.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { bodyOf, type Call, type Handler, ok } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { fingerprintOf, newKey } from './key-material.ts'
import { readLimit } from './list.ts'
import { checkQuery } from './paging.ts'
import { exceeds } from './quota.ts'
import { NAME, validate } from './schema.ts'
import type { Keypair } from './state.ts'

/** /os-keypairs of the asking user, and of others for administrators. */
export function keypairRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-keypairs', list)
    .add('POST', '/os-keypairs', create)
    .add('GET', '/os-keypairs/:name', (call) => {
      const keypair = find(call, 'show')
      return ok({
        keypair: {
          ...view(call, keypair),
          user_id: keypair.userId,
          created_at: micro(keypair.created),
          deleted: false,
          deleted_at: null,
          id: keypair.id,
          updated_at: null,
        },
      })
    })
    .add('DELETE', '/os-keypairs/:name', (call) => {
      const keypair = find(call, 'delete')
      call.state.keypairsOf(keypair.userId).delete(keypair.name)
      return { status: call.minor >= 2 ? 204 : 202 }
    })
}

function find(call: Call, rule: string): Keypair {
  const name = call.parameters.name ?? ''
  const userId = userOf(call, rule)
  const keypair = call.state.keypairsOf(userId).get(name)
  if (!keypair) throw novaError(404, `Keypair ${name} not found for user ${userId}`)
  return keypair
}

/** Whose key pairs the query asks for, from 2.10. */
function userOf({ access, minor, incoming }: Call, rule: string): string {
  const { query } = incoming
  const list = rule === 'index' && minor >= 35
  if (minor >= 75) checkQuery(query, minor, { user_id: 10, ...(list && { limit: 35, marker: 35 }) })
  return checkUser(access, minor >= 10 ? query.get('user_id') : null, rule)
}

function checkUser(access: Access, asked: string | null, rule: string): string {
  const id = asked ?? access.user.id
  if (id !== access.user.id && !access.isAdmin) throw notAllowed(`os-keypairs:${rule}`)
  return id
}

function view({ minor }: Call, keypair: Keypair): JsonObject {
  return {
    name: keypair.name,
    public_key: keypair.publicKey,
    fingerprint: keypair.fingerprint,
    ...(minor >= 2 && { type: keypair.type }),
  }
}

function list(call: Call): Reply {
  const { state, minor, base, incoming } = call
  const all = [...state.keypairsOf(userOf(call, 'index')).values()].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )
  const paged = minor >= 35
  const limit = paged ? readLimit(incoming.query, state.settings.pageLimit) : all.length
  const marker = paged ? incoming.query.get('marker') : null
  const at = marker === null ? -1 : all.findIndex(({ name }) => name === marker)
  if (marker !== null && at < 0) throw novaError(400, `Marker ${marker} could not be found.`)
  const page = all.slice(at + 1, at + 1 + limit)
  const last = page.at(-1)
  const next = new URLSearchParams([...incoming.query].filter(([key]) => key !== 'marker'))
  if (last) next.set('marker', last.name)
  const full = paged && page.length === limit && last
  return ok({
    keypairs: page.map((keypair) => ({ keypair: view(call, keypair) })),
    ...(full && { keypairs_links: [{ rel: 'next', href: `${base}/os-keypairs?${next.toString()}` }] }),
  })
}

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const NO_CERTIFICATE = 'Keypair data is invalid: certificates are not made here, send one as public_key'

async function create(call: Call): Promise<Reply> {
  const { state, access, minor } = call
  const body = bodyOf(call)
  validate(
    {
      type: 'object',
      properties: {
        keypair: {
          type: 'object',
          properties: {
            name: NAME,
            public_key: { type: 'string' },
            ...(minor >= 2 && { type: { enum: ['ssh', 'x509'] } }),
            ...(minor >= 10 && { user_id: { type: 'string' } }),
          },
          required: ['name', ...(minor >= 92 ? ['public_key'] : [])],
        },
      },
      required: ['keypair'],
    },
    body,
  )
  const given = objectAt(body, 'keypair') ?? {}
  const name = String(given.name)
  const extra = minor >= 92 ? '@.' : ''
  if (!new RegExp(`^[\\w ${extra}-]+$`).test(name)) {
    throw novaError(
      400,
      `An invalid 'name' value was provided. The name must be: Only expected characters: [_- ${extra}${LETTERS}]`,
    )
  }
  const userId = checkUser(access, isText(given.user_id) ? given.user_id : null, 'create')
  const mine = state.keypairsOf(userId)
  const type = isText(given.type) ? given.type : 'ssh'
  if (type === 'x509' && !isText(given.public_key)) throw novaError(400, NO_CERTIFICATE)
  const made = isText(given.public_key) ? undefined : await newKey()
  const publicKey = made?.publicKey ?? String(given.public_key)
  if (mine.has(name)) throw novaError(409, `Key pair '${name}' already exists.`)
  if (exceeds(mine.size + 1, state.quotasOf(access.projectId).key_pairs)) {
    throw novaError(403, 'Quota exceeded, too many key pairs.')
  }
  const keypair: Keypair = {
    id: state.nextSerial(),
    name,
    userId,
    publicKey,
    fingerprint: fingerprintOf(type, publicKey),
    type,
    created: Date.now(),
  }
  mine.set(name, keypair)
  const answer = {
    ...view(call, keypair),
    user_id: keypair.userId,
    ...(made && { private_key: made.privateKey }),
  }
  return ok({ keypair: answer }, minor >= 2 ? 201 : 200)
}
