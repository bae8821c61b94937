import {
  AlreadyExistsError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
  UnauthorizedError,
} from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type CreatedApplicationCredential } from '../../../../providers/openstack/api/index.ts'
import { failure } from '../api/cloud-double.ts'
import { atTheEnd, type Clients, startClients } from './clients.ts'

let clients: Clients
beforeAll(async () => {
  clients = await startClients()
})
afterAll(() => clients.close())

const identity = () => clients.demo.identity

async function as(credential: CreatedApplicationCredential) {
  const { id, secret } = credential
  const { url } = await identity().discover()
  const robot = connect({ authUrl: url, credential: { method: 'applicationCredential', id, secret } })
  atTheEnd(() => robot.close())
  return robot
}

describe('projects', () => {
  it('are the caller’s own, and everybody’s for an administrator', async () => {
    const [own, ...others] = await identity().projects.own()
    expect(own).toMatchObject({ name: 'demo', domainId: 'default', enabled: true })
    expect(others).toEqual([])
    const { projects } = clients.admin.identity
    expect(await projects.all({ name: 'demo', enabled: true })).toEqual([own])
    expect(await projects.all({ name: 'demo', enabled: false })).toEqual([])
    expect(await projects.all({ name: 'demo', domainId: 'other' })).toEqual([])
    expect(await failure(identity().projects.all())).toBeInstanceOf(ForbiddenError)
    expect(await identity().projects.get(own?.id ?? '')).toEqual(own)
    const [other] = await projects.all({ name: 'alt_demo' })
    expect(await failure(identity().projects.get(other?.id ?? ''))).toBeInstanceOf(ForbiddenError)
    expect(await failure(projects.get('nothing'))).toBeInstanceOf(NotFoundError)
  })
})

describe('application credentials', () => {
  it('do what they were made for, make no others, and end with their deletion', async () => {
    const { applicationCredentials } = identity()
    const name = `${clients.prefix}-robot`
    const expiresAt = new Date('2031-02-03T04:05:06Z')
    const created = await applicationCredentials.create({
      name,
      expiresAt,
      description: 'd',
      roles: ['member'],
    })
    atTheEnd(() => applicationCredentials.delete(created.id))
    const { secret: _, ...stored } = created
    expect(stored).toMatchObject({ name, expiresAt, roles: ['member'], unrestricted: false, accessRules: [] })
    expect(await applicationCredentials.all({ name })).toEqual([stored])
    expect(await applicationCredentials.get(created.id)).toEqual(stored)
    expect(await failure(applicationCredentials.create({ name }))).toBeInstanceOf(AlreadyExistsError)

    const robot = await as(created)
    expect((await robot.identity.authenticate()).project?.id).toBe(stored.projectId)
    await robot.network.networks.all()
    const more = robot.identity.applicationCredentials.create({ name: `${name}-2` })
    expect(await failure(more)).toBeInstanceOf(ForbiddenError)
    expect(await failure(robot.identity.ec2Credentials.create())).toBeInstanceOf(ForbiddenError)

    expect(await applicationCredentials.delete(created.id)).toBe(true)
    expect(await applicationCredentials.delete(created.id)).toBe(false)
    expect(await failure(applicationCredentials.get(created.id))).toBeInstanceOf(NotFoundError)
    const gone = await failure((await as(created)).identity.authenticate())
    expect(gone instanceof NotFoundError || gone instanceof UnauthorizedError).toBe(true)
  })

  it('make others when they are unrestricted', async () => {
    const { applicationCredentials } = identity()
    const name = `${clients.prefix}-free`
    const created = await applicationCredentials.create({ name, unrestricted: true })
    atTheEnd(() => applicationCredentials.delete(created.id))
    const robot = await as(created)
    const more = await robot.identity.applicationCredentials.create({ name: `${name}-2` })
    atTheEnd(() => applicationCredentials.delete(more.id))
    expect(more.projectId).toBe(created.projectId)
  })

  it.each([
    ['a role that the caller has not', { roles: ['admin'] }, NotValidError],
    ['a role that nobody has', { roles: ['no-such-role'] }, NotFoundError],
    ['an end in the past', { expiresAt: new Date('2020-01-01T00:00:00Z') }, NotValidError],
  ])('are refused with %s', async (_what, over, type) => {
    const create = { name: `${clients.prefix}-bad`, ...over }
    expect(await failure(identity().applicationCredentials.create(create))).toBeInstanceOf(type)
  })

  it('keep the rules that they were given, which stay when they go', async () => {
    const { applicationCredentials, accessRules } = identity()
    const rules = [{ service: 'compute', method: 'GET', path: `/v2.1/${clients.prefix}` }] as const
    const mine = async () => (await accessRules.all()).filter(({ path }) => path === rules[0].path)
    atTheEnd(async () => {
      for (const { id } of await mine()) await accessRules.delete(id)
    })
    const created = await applicationCredentials.create({
      name: `${clients.prefix}-rules`,
      accessRules: rules,
    })
    atTheEnd(() => applicationCredentials.delete(created.id))
    const [rule] = await mine()
    expect(rule).toMatchObject(rules[0])
    expect((await applicationCredentials.get(created.id)).accessRules).toEqual([rule])
    const id = rule?.id ?? ''
    expect(await failure(accessRules.delete(id))).toBeInstanceOf(ForbiddenError)
    await applicationCredentials.delete(created.id)
    expect(await mine()).toEqual([rule])
    expect([await accessRules.delete(id), await accessRules.delete(id)]).toEqual([true, false])
    const odd = [{ ...rules[0], method: 'BREW' as 'GET' }]
    const refused = applicationCredentials.create({ name: `${clients.prefix}-odd`, accessRules: odd })
    expect(await failure(refused)).toBeInstanceOf(NotValidError)
  })
})

describe('EC2 credentials', () => {
  it('are made, listed and deleted by their user', async () => {
    const { ec2Credentials } = identity()
    const { user, project } = await identity().authenticate()
    const created = await ec2Credentials.create()
    atTheEnd(() => ec2Credentials.delete(created.access))
    expect(created).toMatchObject({ projectId: project?.id, userId: user.id })
    const found = (await ec2Credentials.all()).find(({ access }) => access === created.access)
    expect(found?.secret.reveal()).toBe(created.secret.reveal())
    expect(await clients.alt.identity.ec2Credentials.all()).toEqual([])
    expect(await ec2Credentials.delete(created.access)).toBe(true)
    expect(await ec2Credentials.delete(created.access)).toBe(false)
  })
})

describe('a token', () => {
  it('is of no use once it is revoked, and the next call gets another', async () => {
    const { applicationCredentials } = identity()
    const created = await applicationCredentials.create({ name: `${clients.prefix}-token` })
    atTheEnd(() => applicationCredentials.delete(created.id))
    const robot = await as(created)
    const { expiresAt } = await robot.identity.authenticate()
    await robot.identity.revoke()
    await robot.network.networks.all()
    expect((await robot.identity.authenticate()).expiresAt.getTime()).toBeGreaterThanOrEqual(
      expiresAt.getTime(),
    )
  })
})
