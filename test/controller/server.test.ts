/** The API as any HTTPS client sees it, with the controller's authority as the only one. */

import { Agent, request } from 'undici'
import { type Logger, QuotaExceededError, UnauthorizedError } from 'cloud-environs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ControllerMachine } from '../../src/controller/index.ts'
import { apiServer } from '../../src/controller/server.ts'
import { Sessions } from '../../src/controller/sessions.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { authority, certificate, CONTROLLER_UUID, listening, MODEL_UUID, quickHash } from './controllers.ts'

const PASSWORD = 'open sesame'
const INFO = {
  name: 'main',
  controllerUuid: CONTROLLER_UUID,
  modelUuid: MODEL_UUID,
  version: '3.6.1',
  cloud: { type: 'memory', name: 'm' },
  started: '2026-01-01T00:00:00.000Z',
}
const logged: unknown[] = []
const log = (...line: unknown[]): void => void logged.push(line)
const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }

let machines: (signal: AbortSignal) => Promise<readonly ControllerMachine[]>
let api: string
let token: string
let close: () => Promise<unknown>
const dispatcher = new Agent({ connect: { ca: authority.cert, servername: 'juju-apiserver' } })

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const answer = await request(`https://${api}${path}`, {
    method,
    dispatcher,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: JSON.parse(await answer.body.text()) as unknown,
  }
}
const login = (body: unknown) => call('POST', '/v1/login', JSON.stringify(body))
const get = (path: string, bearer = token) =>
  call('GET', path, undefined, { authorization: `Bearer ${bearer}` })
const refused = (code: string, message: unknown = expect.any(String)) => ({ error: { code, message } })

beforeAll(async () => {
  const server = apiServer({
    cert: certificate.cert,
    key: certificate.key.reveal(),
    sessions: new Sessions(quickHash(PASSWORD), new ManualClock()),
    logger,
    state: {
      health: () => ({ status: 'ok', controllerUuid: CONTROLLER_UUID, version: '3.6.1' }),
      info: () => INFO,
      machines: (signal) => machines(signal),
    },
  })
  api = await listening(server)
  close = () => new Promise((resolve) => server.close(resolve))
  token = ((await login({ user: 'admin@local', password: PASSWORD })).body as { token: string }).token
})
afterAll(async () => {
  await dispatcher.close()
  await close()
})
beforeEach(() => {
  logged.length = 0
  machines = () => Promise.resolve([])
})

describe('the API', () => {
  it('tells everybody that it is well, and which controller it is', async () => {
    expect(await call('GET', '/v1/health')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: { status: 'ok', controllerUuid: CONTROLLER_UUID, version: '3.6.1' },
    })
  })

  it('tells the rest to those who are logged in', async () => {
    const machine = {
      instanceId: 'i',
      name: 'n',
      state: 'running',
      status: 'ACTIVE',
      addresses: ['10.0.0.5'],
    }
    machines = () => Promise.resolve([machine])
    expect(await get('/v1/controller')).toMatchObject({ status: 200, body: INFO })
    expect(await get('/v1/machines?all')).toMatchObject({ status: 200, body: { machines: [machine] } })
  })

  it.each(['/v1/controller', '/v1/machines'])('does not show %s without a login', async (path) => {
    machines = () => expect.fail('the cloud was asked')
    for (const answer of [await call('GET', path), await get(path, 'guessed')]) {
      expect(answer).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer' },
        body: refused('UNAUTHORIZED'),
      })
    }
  })

  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/health/'],
    ['GET', '/v1/login'],
    ['POST', '/v1/health'],
    ['DELETE', '/v1/machines'],
    ['GET', '/__proto__'],
    ['GET', '/constructor'],
  ])('has no %s %s', async (method, path) => {
    expect(await call(method, path, undefined, { authorization: `Bearer ${token}` })).toMatchObject({
      status: 404,
      body: refused('NOT_FOUND'),
    })
  })

  it('refuses a wrong password, without repeating it', async () => {
    const answer = await login({ user: 'admin@local', password: 'open barley' })
    expect(answer).toMatchObject({ status: 401, body: refused('UNAUTHORIZED') })
    expect(JSON.stringify([answer, logged])).not.toContain('barley')
  })

  it.each([
    ['no JSON', '{"user": "admin@local", "password": "open sesame'],
    ['nothing', ''],
    ['null', 'null'],
    ['no password', '{"user": "admin@local"}'],
    ['a number', '{"user": "admin@local", "password": 7}'],
  ])('refuses a login that is %s, without repeating it', async (_, body) => {
    const answer = await call('POST', '/v1/login', body)
    expect(answer).toMatchObject({ status: 400, body: refused('NOT_VALID') })
    expect(JSON.stringify([answer, logged])).not.toContain('sesame')
  })

  it('answers a login that is too long without reading all of it, and goes on', async () => {
    expect(await login({ user: 'admin@local', password: 'x'.repeat(1_000_000) })).toMatchObject({
      status: 400,
      body: refused('NOT_VALID', 'the request is too long'),
    })
    expect((await call('GET', '/v1/health')).status).toBe(200)
  })

  it('gives the text of an error of ours as 502, and logs it', async () => {
    machines = () => Promise.reject(new QuotaExceededError('the cloud is full'))
    expect(await get('/v1/machines')).toMatchObject({
      status: 502,
      body: refused('QUOTA_EXCEEDED', 'the cloud is full'),
    })
    expect(logged).toHaveLength(1)
  })

  it('keeps the text of any other error to its log', async () => {
    machines = () => Promise.reject(new Error('at /home/me/secret.ts'))
    const answer = await get('/v1/machines')
    expect(answer).toMatchObject({ status: 500, body: refused('INTERNAL') })
    expect(JSON.stringify(answer)).not.toContain('/home/me')
    expect(logged).toHaveLength(1)
  })

  it('stops asking the cloud when whoever wanted to know has gone', async () => {
    const gone = new AbortController()
    const ended = new Promise<void>((resolve) => {
      machines = async (signal) => {
        signal.addEventListener('abort', () => resolve())
        gone.abort()
        await ended
        throw new UnauthorizedError('nobody hears this')
      }
    })
    const asking = request(`https://${api}/v1/machines`, {
      dispatcher,
      signal: gone.signal,
      headers: { authorization: `Bearer ${token}` },
    })
    await expect(asking).rejects.toThrow(/abort/)
    await ended
    expect((await call('GET', '/v1/health')).status).toBe(200)
  })
})
