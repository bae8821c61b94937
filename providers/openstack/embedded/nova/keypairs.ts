import { createHash, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { isText, type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { bodyOf, type Call, type Handler, ok } from './call.ts'
import { novaError } from './errors.ts'
import { readLimit } from './list.ts'
import { NAME, validate } from './schema.ts'
import type { Keypair } from './state.ts'

const generate = promisify(generateKeyPair)

/** /os-keypairs of the asking user. */
export function keypairRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-keypairs', list)
    .add('POST', '/os-keypairs', create)
    .add('GET', '/os-keypairs/:name', (call) => {
      const keypair = find(call)
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
      const keypair = find(call)
      call.state.keypairsOf(keypair.userId).delete(keypair.name)
      return { status: call.minor >= 2 ? 204 : 202 }
    })
}

function find({ state, access, parameters }: Call): Keypair {
  const name = parameters.name ?? ''
  const keypair = state.keypairsOf(access.user.id).get(name)
  if (!keypair) throw novaError(404, `Keypair ${name} not found for user ${access.user.id}`)
  return keypair
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
  const { state, access, minor, base, incoming } = call
  const all = [...state.keypairsOf(access.user.id).values()].sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )
  const paged = minor >= 35
  const limit = paged ? readLimit(incoming.query, state.settings.pageLimit) : all.length
  const marker = paged ? incoming.query.get('marker') : null
  const at = marker === null ? -1 : all.findIndex(({ name }) => name === marker)
  if (marker !== null && at < 0) throw novaError(400, `marker [${marker}] not found`)
  const page = all.slice(at + 1, at + 1 + limit)
  const last = page.at(-1)
  const href = `${base}/os-keypairs?limit=${limit}&marker=${encodeURIComponent(last?.name ?? '')}`
  const full = paged && incoming.query.has('limit') && page.length === limit && last
  return ok({
    keypairs: page.map((keypair) => ({ keypair: view(call, keypair) })),
    ...(full && { keypairs_links: [{ rel: 'next', href }] }),
  })
}

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
  if (!(minor >= 92 ? /^[\w @.-]+$/ : /^[\w -]+$/).test(name)) {
    throw novaError(400, 'Keypair data is invalid: Keypair name contains unsafe characters')
  }
  const mine = state.keypairsOf(access.user.id)
  const made = isText(given.public_key) ? undefined : await newKey()
  const publicKey = made?.publicKey ?? String(given.public_key)
  if (mine.has(name)) throw novaError(409, `Key pair '${name}' already exists.`)
  const allowed = state.settings.quotas.keyPairs
  if (allowed >= 0 && mine.size >= allowed) throw novaError(403, 'Quota exceeded, too many key pairs.')
  const keypair: Keypair = {
    id: state.nextSerial(),
    name,
    userId: access.user.id,
    publicKey,
    fingerprint: fingerprint(publicKey),
    type: isText(given.type) ? given.type : 'ssh',
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

/** The MD5 of the key's blob, which has to say its own type. */
function fingerprint(publicKey: string): string {
  const [type = '', data = ''] = publicKey.trim().split(/\s+/)
  const blob = Buffer.from(data, 'base64')
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  if (type === '' || blob.subarray(4, 4 + length).toString('latin1') !== type) {
    throw novaError(400, 'Keypair data is invalid: failed to generate fingerprint')
  }
  return createHash('md5')
    .update(blob)
    .digest('hex')
    .replace(/..(?=.)/g, '$&:')
}

/** An RSA key, as Nova makes them for those who send none. */
async function newKey(): Promise<{ publicKey: string; privateKey: string }> {
  const pair = await generate('rsa', { modulusLength: 2048 })
  const { e = '', n = '' } = pair.publicKey.export({ format: 'jwk' })
  const parts = [Buffer.from('ssh-rsa'), mpint(e), mpint(n)]
  const blob = Buffer.concat(parts.flatMap((part) => [uint32(part.length), part]))
  return {
    publicKey: `ssh-rsa ${blob.toString('base64')} Generated-by-Nova`,
    privateKey: String(pair.privateKey.export({ format: 'pem', type: 'pkcs1' })),
  }
}

function mpint(digits: string): Buffer {
  const number = Buffer.from(digits, 'base64url')
  return (number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), number]) : number
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}
