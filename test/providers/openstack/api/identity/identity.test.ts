import { inspect } from 'node:util'
import { AlreadyExistsError, ForbiddenError, NotFoundError, Secret, UnauthorizedError } from 'cloud-environs'
import type { Logger } from 'cloud-environs/provider'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultOf } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const CREDENTIALS = '/v3/users/user-id/application_credentials'
const EC2 = '/v3/users/user-id/credentials/OS-EC2'
const keystone = (status: number, title: string, message: string): Reply => ({
  status,
  json: { error: { code: status, title, message } },
})
const answer = (method: string, path: string, reply: Reply) => {
  cloud.handler = (request) => (request.method === method && request.path === path ? reply : undefined)
}

describe('projects', () => {
  const project = { id: 'p', name: 'demo', domain_id: 'default', parent_id: 'default', enabled: true }

  test('of the caller are found by a token without scope and catalog, at the auth URL', async () => {
    cloud.services = {}
    answer('GET', '/v3/auth/projects', { json: { projects: [project], links: { next: null } } })
    expect(await cloud.connect({ scope: undefined }).identity.projects.own()).toEqual([
      { id: 'p', name: 'demo', domainId: 'default', parentId: 'default', description: '', enabled: true },
    ])
  })

  test('of everybody are for administrators, and filtered under the names of Keystone', async () => {
    const { projects } = cloud.connect().identity
    answer('GET', '/v3/projects', { json: { projects: [project] } })
    expect(await projects.all({ name: 'demo', domainId: 'default', enabled: true })).toHaveLength(1)
    expect(cloud.requests()[0]?.query).toBe('name=demo&enabled=true&domain_id=default')
    const refused = 'You are not authorized to perform the requested action: identity:list_projects.'
    answer('GET', '/v3/projects', keystone(403, 'Forbidden', refused))
    expect(await failure(projects.all())).toBeInstanceOf(ForbiddenError)
    answer('GET', '/v3/projects/p', { json: { project } })
    expect(await projects.get('p')).toMatchObject({ name: 'demo' })
    answer('GET', '/v3/projects/q', keystone(404, 'Not Found', 'Could not find project: q.'))
    expect(await failure(projects.get('q'))).toBeInstanceOf(NotFoundError)
  })

  test('that Keystone cuts off are a warning', async () => {
    const warnings: string[] = []
    const quiet = () => undefined
    const logger: Logger = {
      debug: quiet,
      info: quiet,
      error: quiet,
      warn: (message) => warnings.push(message),
      child: () => logger,
    }
    answer('GET', '/v3/auth/projects', { json: { projects: [project], truncated: true } })
    expect(await cloud.connect({ logger }).identity.projects.own()).toHaveLength(1)
    expect(warnings).toEqual([expect.stringContaining('projects')])
  })
})

describe('application credentials', () => {
  const wire = {
    id: 'a',
    name: 'robot',
    description: null,
    project_id: 'project-id',
    roles: [{ id: 'r', name: 'member' }],
    expires_at: '2030-01-02T03:04:05.000000',
    unrestricted: false,
    access_rules: [{ id: 'x', service: 'compute', method: 'GET', path: '/v2.1/servers' }],
  }
  const accessRules = [{ service: 'compute', method: 'GET', path: '/v2.1/servers' }] as const
  const stored = {
    id: 'a',
    name: 'robot',
    description: '',
    projectId: 'project-id',
    roles: ['member'],
    expiresAt: new Date('2030-01-02T03:04:05Z'),
    unrestricted: false,
    accessRules: [{ id: 'x', ...accessRules[0] }],
  }

  test('are made with what they may do, and tell their secret once', async () => {
    answer('POST', CREDENTIALS, {
      status: 201,
      json: { application_credential: { ...wire, unrestricted: null, secret: 'topsecret' } },
    })
    const created = await cloud.connect().identity.applicationCredentials.create({
      name: 'robot',
      expiresAt: stored.expiresAt,
      roles: ['member'],
      unrestricted: false,
      accessRules,
    })
    expect(created).toEqual({ ...stored, secret: expect.any(Secret) as Secret })
    expect(created.secret.reveal()).toBe('topsecret')
    expect(inspect(created) + JSON.stringify(created)).not.toContain('topsecret')
    expect(cloud.requests()[0]?.body).toEqual({
      application_credential: {
        name: 'robot',
        expires_at: '2030-01-02T03:04:05.000Z',
        roles: [{ name: 'member' }],
        unrestricted: false,
        access_rules: accessRules,
      },
    })
  })

  test('are listed, found by name, and deleted although they are gone', async () => {
    const { applicationCredentials } = cloud.connect().identity
    const list = { application_credentials: [{ ...wire, access_rules: undefined, expires_at: null }] }
    answer('GET', CREDENTIALS, { json: list })
    expect(await applicationCredentials.all({ name: 'robot' })).toEqual([
      { ...stored, accessRules: [], expiresAt: undefined },
    ])
    expect(cloud.requests()[0]?.query).toBe('name=robot')
    answer('GET', `${CREDENTIALS}/a`, { json: { application_credential: wire } })
    expect(await applicationCredentials.get('a')).toEqual(stored)
    answer('DELETE', `${CREDENTIALS}/a`, { status: 204, text: '' })
    expect(await applicationCredentials.delete('a')).toBe(true)
    answer(
      'DELETE',
      `${CREDENTIALS}/a`,
      keystone(404, 'Not Found', 'Could not find Application Credential: a.'),
    )
    expect(await applicationCredentials.delete('a')).toBe(false)
  })

  test('that are refused show no secret', async () => {
    const { applicationCredentials } = cloud.connect().identity
    const create = { name: 'robot', secret: new Secret('hunter3') }
    const duplicate = 'Conflict occurred - Duplicate entry found with name robot and secret hunter3.'
    answer('POST', CREDENTIALS, keystone(409, 'Conflict', duplicate))
    const error = await failure(applicationCredentials.create(create))
    expect(error).toBeInstanceOf(AlreadyExistsError)
    expect(faultOf(error)).toBe('Conflict')
    expect(inspect(error)).not.toContain('hunter3')
    expect(cloud.requests('POST', CREDENTIALS)[0]?.body).toMatchObject({
      application_credential: { secret: 'hunter3' },
    })
  })
})

test('EC2 credentials are made for the own project, listed and deleted', async () => {
  const { ec2Credentials } = cloud.connect().identity
  const wire = { access: 'key', secret: 'hush', tenant_id: 'project-id', user_id: 'user-id', trust_id: null }
  answer('POST', EC2, { status: 201, json: { credential: wire } })
  const created = await ec2Credentials.create()
  expect(created).toMatchObject({ access: 'key', projectId: 'project-id', userId: 'user-id' })
  expect(created.secret.reveal()).toBe('hush')
  expect(cloud.requests('POST', EC2)[0]?.body).toEqual({ tenant_id: 'project-id' })
  answer('GET', EC2, { json: { credentials: [wire] } })
  expect(JSON.stringify(await ec2Credentials.all())).not.toContain('hush')
  answer('DELETE', `${EC2}/key`, { status: 204, text: '' })
  expect(await ec2Credentials.delete('key')).toBe(true)
  answer('DELETE', `${EC2}/key`, keystone(404, 'Not Found', 'Could not find credential: 2c70.'))
  expect(await ec2Credentials.delete('key')).toBe(false)
})

describe('revoking', () => {
  test('ends the token in use, whether Keystone still knows it or not; the next call gets another', async () => {
    const { identity } = cloud.connect()
    await identity.revoke()
    expect(cloud.received).toHaveLength(0)
    for (const reply of [{ status: 204, text: '' }, keystone(404, 'Not Found', 'no'), { status: 401 }]) {
      await identity.authenticate()
      answer('DELETE', '/v3/auth/tokens', reply)
      await identity.revoke()
    }
    const revoked = cloud.received.filter(({ method }) => method === 'DELETE')
    expect(revoked.map(({ headers }) => headers['x-subject-token'])).toEqual([
      'token-1',
      'token-2',
      'token-3',
    ])
    expect(cloud.tokens).toBe(3)
  })

  test('that fails says so', async () => {
    const { identity } = cloud.connect()
    await identity.authenticate()
    answer('DELETE', '/v3/auth/tokens', keystone(403, 'Forbidden', 'identity:revoke_token'))
    const error = await failure(identity.revoke())
    expect(error).toBeInstanceOf(ForbiddenError)
    expect(error).not.toBeInstanceOf(UnauthorizedError)
  })

  test('takes the token out of the cache, too', async () => {
    const kept = new Map<string, never>()
    const tokenCache = {
      get: async (key: string) => kept.get(key),
      set: async (key: string, token: unknown) => void kept.set(key, token as never),
      delete: async (key: string) => void kept.delete(key),
    }
    await cloud.connect({ tokenCache }).identity.authenticate()
    expect(kept.size).toBe(1)
    answer('DELETE', '/v3/auth/tokens', { status: 204, text: '' })
    await cloud.connect({ tokenCache }).identity.revoke()
    expect(kept.size).toBe(0)
    expect(cloud.received.at(-1)?.headers['x-subject-token']).toBe('token-1')
  })
})
