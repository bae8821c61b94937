import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { GLANCE, KEYSTONE, list, login, NEUTRON, NOVA, passwordAuth, pick, Rest } from './rest.ts'

let cloud: EmbeddedOpenStack
let nobody: Rest
let demo: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ regions: ['RegionOne', 'RegionTwo'], tokenSeconds: 2 })
  nobody = new Rest(cloud, '')
})
afterAll(() => cloud.close())

const tokens = `${KEYSTONE}/auth/tokens`

describe('discovery', () => {
  it('lists the versions of every service without a token', async () => {
    const keystone = await nobody.get('/identity')
    expect(keystone.status).toBe(300)
    expect(pick(keystone.body, 'versions', 'values', 0, 'id')).toBe('v3.14')
    expect((await nobody.get(KEYSTONE)).status).toBe(200)
    const nova = await nobody.get('/compute/')
    expect(nova.status).toBe(200)
    expect(pick(nova.body, 'versions', 1)).toMatchObject({ id: 'v2.1', version: '2.93', min_version: '2.1' })
    expect((await nobody.get(NOVA)).status).toBe(200)
    expect(pick((await nobody.get('/network/')).body, 'versions', 0, 'links', 0, 'href')).toBe(
      `${nobody.origin}/network/v2.0/`,
    )
    expect((await nobody.get('/image/')).status).toBe(300)
    expect((await nobody.get('/image/versions')).status).toBe(200)
  })
})

describe('tokens', () => {
  it('gives a scoped token with a catalog of both regions', async () => {
    const scope = { project: { name: 'demo', domain: { id: 'default' } } }
    const answer = await nobody.post(tokens, passwordAuth('demo', 'secret', scope))
    expect(answer.status).toBe(201)
    expect(answer.headers.get('x-subject-token')).toMatch(/^gAAAAAB/)
    expect(pick(answer.body, 'token', 'project', 'name')).toBe('demo')
    const compute = list(pick(answer.body, 'token'), 'catalog').find(({ type }) => type === 'compute')
    const urls = list(compute, 'endpoints')
      .filter((endpoint) => endpoint.interface === 'public')
      .map(({ region_id: region, url }) => `${String(region)} ${String(url)}`)
    expect(urls).toEqual([
      `RegionOne ${nobody.origin}/compute/v2.1`,
      `RegionTwo ${nobody.origin}/RegionTwo/compute/v2.1`,
    ])
  })

  it('takes the default project when no scope is named, and none when unscoped is', async () => {
    const implicit = await nobody.post(tokens, passwordAuth('demo'))
    expect(pick(implicit.body, 'token', 'project', 'name')).toBe('demo')
    const unscoped = await nobody.post(tokens, passwordAuth('demo', 'secret', 'unscoped'))
    expect(unscoped.status).toBe(201)
    expect(pick(unscoped.body, 'token', 'catalog')).toBeUndefined()
  })

  it.each([
    ['a wrong password', passwordAuth('demo', 'wrong')],
    ['an unknown user', passwordAuth('nobody')],
    [
      'a project of others',
      passwordAuth('demo', 'secret', { project: { name: 'alt_demo', domain: { id: 'default' } } }),
    ],
    ['the system', passwordAuth('demo', 'secret', { system: { all: true } })],
  ])('answers 401 to %s', async (_what, body) => {
    const answer = await nobody.post(tokens, body)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(`Keystone uri="${cloud.authUrl}"`)
    expect(answer.body).toEqual({
      error: {
        code: 401,
        message: 'The request you have made requires authentication.',
        title: 'Unauthorized',
      },
    })
  })

  it('answers 400 to a body that is not JSON or lacks a part', async () => {
    expect((await nobody.post(tokens, '{bad')).status).toBe(400)
    const noDomain = { name: 'demo', password: 'secret' }
    const answer = await nobody.post(tokens, {
      auth: { identity: { methods: ['password'], password: { user: noDomain } } },
    })
    expect(answer.status).toBe(400)
    expect(pick(answer.body, 'error', 'message')).toContain('Expecting to find domain in user.')
  })

  it('shows, rescopes and revokes', async () => {
    demo = await login(cloud)
    const subject = { 'x-subject-token': demo.token }
    expect((await demo.get(tokens, subject)).status).toBe(200)
    expect((await demo.ask('HEAD', tokens, undefined, subject)).status).toBe(200)
    const rescoped = await nobody.post(tokens, {
      auth: {
        identity: { methods: ['token'], token: { id: demo.token } },
        scope: { project: { name: 'demo', domain: { id: 'default' } } },
      },
    })
    expect(pick(rescoped.body, 'token', 'methods')).toEqual(['token', 'password'])
    expect((await demo.get(`${KEYSTONE}/auth/catalog`)).status).toBe(200)
    expect((await demo.delete(tokens, subject)).status).toBe(204)
    expect((await demo.get(`${NOVA}/servers`)).status).toBe(401)
  })

  it.each([`${NOVA}/servers`, `${NEUTRON}/networks`, `${GLANCE}/images`, `${KEYSTONE}/auth/projects`])(
    'is asked for by %s',
    async (path) => {
      for (const token of ['', 'gAAAAABunknown']) {
        const answer = await new Rest(cloud, token).get(path)
        expect(answer.status).toBe(401)
        expect(answer.headers.get('www-authenticate')).toContain('Keystone uri=')
      }
      const rest = await login(cloud)
      expect((await rest.get(path)).status).toBe(200)
      cloud.expireTokens()
      expect((await rest.get(path)).status).toBe(401)
    },
  )

  it('expires after tokenSeconds', async () => {
    const rest = await login(cloud)
    await expect
      .poll(async () => (await rest.get(`${NOVA}/flavors`)).status, { timeout: 5000, interval: 100 })
      .toBe(401)
  })
})

describe('application credentials', () => {
  it('log in without a scope, cannot make others, and end with their deletion', async () => {
    const rest = await login(cloud)
    const me = await rest.get(tokens, { 'x-subject-token': rest.token })
    const path = `${KEYSTONE}/users/${String(pick(me.body, 'token', 'user', 'id'))}/application_credentials`
    const made = await rest.post(path, { application_credential: { name: 'robot' } })
    expect(made.status).toBe(201)
    const credential = pick(made.body, 'application_credential') as { id: string; secret: string }
    expect(cloud.inventory().demo?.applicationCredentials).toEqual(['robot'])
    expect((await rest.post(path, { application_credential: { name: 'robot' } })).status).toBe(409)

    const { id, secret } = credential
    const identity = { methods: ['application_credential'], application_credential: { id, secret } }
    const scoped = { identity, scope: { project: { name: 'demo', domain: { id: 'default' } } } }
    expect((await nobody.post(tokens, { auth: scoped })).status).toBe(401)
    const entered = await nobody.post(tokens, { auth: { identity } })
    expect(entered.status).toBe(201)
    const robot = new Rest(cloud, entered.headers.get('x-subject-token') ?? '')
    expect((await robot.get(`${NOVA}/servers`)).status).toBe(200)
    expect((await robot.post(path, { application_credential: { name: 'more' } })).status).toBe(403)

    expect((await rest.delete(`${path}/${id}`)).status).toBe(204)
    expect((await robot.get(`${NOVA}/servers`)).status).toBe(401)
    expect((await nobody.post(tokens, { auth: { identity } })).status).toBe(404)
    expect((await rest.delete(`${path}/${id}`)).status).toBe(404)
  })
})

describe('projects and users', () => {
  it('are listed for the admin only', async () => {
    const rest = await login(cloud)
    const admin = await login(cloud, 'admin')
    expect((await rest.get(`${KEYSTONE}/projects`)).status).toBe(403)
    const named = await admin.get(`${KEYSTONE}/projects?name=demo`)
    expect(list(named.body, 'projects').map(({ name }) => name)).toEqual(['demo'])
    const mine = await rest.get(`${KEYSTONE}/auth/projects`)
    expect(list(mine.body, 'projects')).toHaveLength(1)
  })
})

describe('what a user hands to a client', () => {
  it('is the entry of a clouds.yaml, its text, and the OS_ variables', () => {
    expect(cloud.cloudConfig('alt_demo').auth).toMatchObject({
      auth_url: cloud.authUrl,
      username: 'alt_demo',
      project_name: 'alt_demo',
    })
    expect(cloud.cloudsYaml()).toContain('  embedded-admin:\n    auth:\n')
    expect(cloud.environment()).toMatchObject({ OS_USERNAME: 'demo', OS_REGION_NAME: 'RegionOne' })
  })
})
