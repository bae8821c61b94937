/** Work that is handed in as jobs: what the command tells of them, and does to them. */

import { createEnvirons } from 'cloud-environs'
import openstack from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, until } from './command.ts'
import { runHere } from './here.ts'

interface Shown {
  readonly job: string
  readonly kind: string
  readonly state: string
  readonly priority: number
  readonly tasks: { readonly total: number; readonly succeeded: number; readonly failed: number }
  readonly failed: readonly object[]
}

/** Nobody is asked for images but the cloud. */
const CONFIG = ['--config', 'network=private', '--config', 'image-metadata-defaults-disabled=true']
const bootstrap = (name: string): readonly string[] => [
  'bootstrap',
  '--no-agent',
  'embedded',
  name,
  ...CONFIG,
]

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10 })
  account = await Account.of(cloud)
  await done(...bootstrap('prod'))
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

const environs = (...args: readonly string[]) => runHere(account, args)

/** What a command that has to succeed prints. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await environs(...args)
  expect(code, stderr).toBe(0)
  return stdout.trimEnd()
}

const json = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse(await done('--json', ...args)) as T
const job = async (id: string): Promise<Shown> => await json<Shown>('jobs', id)
const detached = async (...args: readonly string[]): Promise<string> =>
  await done(...args, '--job', '--detach')
const work = async (): Promise<string> => await done('worker', '--until-idle')

/** A worker beside a command that is under way. */
async function workElsewhere(): Promise<void> {
  const { dataDir, variables, home } = account
  const host = { variables, homeDir: home, workingDir: home }
  const { jobs } = await createEnvirons({ plugins: [openstack()], dataDir, host })
  await jobs.work({ untilIdle: true })
  await jobs.runner[Symbol.asyncDispose]()
}

const servers = (): number => Object.values(cloud.inventory()).flatMap((project) => project.servers).length

describe('a command with --job', () => {
  it('follows the job, works on it, and prints what it came to', async () => {
    const { code, stdout, stderr } = await environs('start', '-n', '3', '--job', '--priority', '2')
    expect(code, stderr).toBe(0)
    const [head, ...rows] = stdout.trimEnd().split('\n')
    expect(head).toMatch(/^MACHINE +INSTANCE +ZONE +HARDWARE$/)
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(['1', '2', '3'])
    expect(stderr).toMatch(/^Job start-[0-9a-f]+$/m)
    expect(stderr).toMatch(/^3: /m)
    expect(servers()).toBe(4)

    const [id = ''] = /start-[0-9a-f]+/.exec(stderr) ?? []
    expect(await job(id)).toMatchObject({
      kind: 'start',
      state: 'succeeded',
      priority: 2,
      tasks: { total: 3, succeeded: 3, failed: 0 },
      failed: [],
      running: [],
    })
    expect(await done('jobs')).toMatch(new RegExp(`^${id} +start +prod +succeeded +3/3 +0 +\\d+s$`, 'm'))
  })

  it('has one JSON document as its result, and its progress as JSON lines', async () => {
    const { instances } = await json<{ instances: { machine: string; id: string }[] }>('instances')
    const last = instances.find(({ machine }) => machine === '3')?.id ?? ''
    const { code, stdout, stderr } = await environs('--json', 'stop', last, '--job')
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ job: expect.stringMatching(/^stop-/), stopped: [last] })
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { job: string; state?: string })
    expect(events.at(-1)).toMatchObject({ job: expect.stringMatching(/^stop-/), state: 'succeeded' })
    expect(servers()).toBe(3)
  })

  it('bootstraps a controller, and destroys it when that is confirmed', async () => {
    const made = await done(...bootstrap('second'), '--job')
    expect(made).toMatch(/^Controller "second" is started on embedded: instance \S+$/)
    expect(servers()).toBe(4)
    expect(await environs('destroy', 'second', '--job')).toMatchObject({ code: 2, stdout: '' })
    expect(await done('destroy', 'second', '--job', '--yes')).toBe('Controller "second" is destroyed')
    expect(servers()).toBe(3)
  })

  it('fails as the job does, with the exit code of what failed', async () => {
    const fault = cloud.faults.add({
      method: 'POST',
      path: /\/servers$/,
      times: Infinity,
      action: { status: 403, body: { forbidden: { code: 403, message: 'Policy does not allow it.' } } },
    })
    const one = await environs('start', '--job')
    const two = await environs('start', '--job', '-n', '2')
    fault.remove()
    expect(one).toMatchObject({ code: 4, stdout: '' })
    expect(one.stderr).toMatch(/^ERROR .*Policy does not allow it/m)
    expect(two.code).toBe(4)
    expect(two.stderr).toMatch(/^ERROR 2 of 2 tasks of job start-\S+ failed: .*Policy does not allow it/m)
    const [id = ''] = /start-[0-9a-f]+/.exec(two.stderr) ?? []
    expect(await done('jobs', id)).toMatch(/^\d+ +failed +1 +.*Policy does not allow it/m)
    expect((await job(id)).failed).toMatchObject([
      { state: 'failed', error: { code: 'FORBIDDEN' } },
      { state: 'failed' },
    ])
    expect(servers()).toBe(3)
  })
})

describe('a job that was handed in with --detach', () => {
  it('waits for a worker; what happened can be followed afterwards', async () => {
    const id = await detached('start', '-n', '2')
    expect(id).toMatch(/^start-[0-9a-f]+$/)
    expect(await job(id)).toMatchObject({ state: 'waiting', tasks: { total: 2, succeeded: 0 } })
    const before = servers()
    await work()
    expect(servers()).toBe(before + 2)
    const { code, stdout, stderr } = await environs('jobs', id, '--follow')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^State +succeeded$/m)
    expect(stdout).toMatch(/^Tasks +2 of 2 done, 0 failed, 0 under way$/m)
    expect(stderr.trimEnd().split('\n').length).toBeGreaterThan(2)
  })

  it('is paused, resumed and cancelled', async () => {
    const [paused, cancelled] = [await detached('start'), await detached('start')]
    const before = servers()
    await done('jobs', 'pause', paused)
    expect(await done('jobs', 'cancel', cancelled)).toMatch(new RegExp(`^Job ${cancelled} is .*cancelled`))
    await work()
    expect(servers()).toBe(before)
    expect((await job(paused)).state).toBe('paused')
    expect(await environs('jobs', 'resume', cancelled)).toMatchObject({ code: 1, stdout: '' })
    expect(await done('jobs', 'resume', paused)).toBe(`Job ${paused} is resumed`)

    const followed = environs('jobs', '--follow')
    await workElsewhere()
    expect((await followed).code).toBe(0)
    expect(servers()).toBe(before + 1)
    const { code, stderr } = await environs('jobs', cancelled, '--follow')
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^ERROR job ${cancelled} \\(cancelled\\) did not succeed`, 'm'))
  })
})

describe('Ctrl-C while a job is followed', () => {
  it('leaves it to a worker, who makes nothing twice', async () => {
    await done('jobs', 'limit', 'embedded', 'start', '--at-once', '1')
    const before = servers()
    cloud.requests.clear()
    const { child, result } = account.start(['start', '-n', '3', '--job'])
    await until(() => cloud.requests.count('POST', /\/servers$/) > 0)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await result
    expect(code, stderr).toBe(130)
    expect(stdout).toBe('')
    expect(stderr).not.toContain('ERROR')
    const [, id = ''] = /"environs worker" goes on with job (\S+)\./.exec(stderr) ?? []
    expect((await job(id)).tasks.succeeded).toBeLessThan(3)
    await work()
    expect(await job(id)).toMatchObject({ state: 'succeeded', tasks: { total: 3, succeeded: 3 } })
    expect(servers()).toBe(before + 3)
  })
})

describe('environs jobs limit', () => {
  it('sets what limits shows', async () => {
    const numbers = ['--at-once', '2', '--per-worker', '1', '--per-second', '5']
    await done('jobs', 'limit', 'embedded/RegionOne', 'stop', ...numbers)
    const shown = await done('jobs', 'limits')
    expect(shown).toMatch(/^embedded\/RegionOne +stop +2 +1 +5$/m)
    expect(shown).toMatch(/^\(others\) +start +64 +16$/m)
    const { limits } = await json<{ limits: readonly object[] }>('jobs', 'limits')
    expect(limits).toContainEqual({
      cloud: 'embedded/RegionOne',
      kind: 'stop',
      'at-once': 2,
      'per-worker': 1,
      'per-second': 5,
    })
    // The region that is meant when none is named.
    await done('jobs', 'limit', 'embedded', 'stop', '--at-once', '100000')
    expect(await done('jobs', 'limits')).toMatch(/^embedded\/RegionOne +stop +100000 +4$/m)
  })
})

describe('a mistake', () => {
  let own = ''
  let before: object
  beforeAll(async () => {
    const { instances } = await json<{ instances: { controller: boolean; id: string }[] }>('instances')
    own = instances.find(({ controller }) => controller)?.id ?? ''
    before = await json('jobs')
  })

  it.each([
    { args: ['jobs', 'nothing'], code: 3, says: /job "nothing" not found/ },
    { args: ['jobs', 'pause', 'nothing'], code: 3, says: /job "nothing" not found/ },
    {
      args: ['jobs', 'limit', 'embedded', 'begin', '--at-once', '1'],
      code: 2,
      says: /"begin".*bootstrap, start/,
    },
    { args: ['jobs', 'limit', 'embedded', 'start', '--at-once', '0'], code: 2, says: /"0" is not a number/ },
    { args: ['jobs', 'limit', 'elsewhere', 'start', '--at-once', '1'], code: 3, says: /cloud "elsewhere"/ },
    { args: ['jobs', 'limit', 'embedded/Atlantis', 'start', '--at-once', '1'], code: 3, says: /"Atlantis"/ },
    { args: ['start', '--job', '--priority', '17'], code: 2, says: /"17" is not a priority; .*0 to 9/ },
    { args: ['start', '--priority', '1'], code: 2, says: /--priority is only for a job; add --job/ },
    { args: ['start', '--detach'], code: 2, says: /--detach is only for a job/ },
    { args: ['start', '--job', '-n', '100001'], code: 2, says: /"100001" .* 1 to 100000/ },
    { args: ['start', '-n', '1001'], code: 2, says: /"1001" .* 1 to 1000/ },
    { args: ['start', '--job', '--constraints', 'image-id=none'], code: 3, says: /none/ },
    { args: ['stop', '--job', 'CONTROLLER'], code: 2, says: /is the controller itself/ },
    { args: ['destroy', 'nobody', '--job', '--yes'], code: 3, says: /controller "nobody" not found/ },
    { args: ['worker', '--grace', 'long'], code: 2, says: /"long" is not a number of seconds/ },
  ])('$args is one line, and hands nothing in', async ({ args, code, says }) => {
    const result = await environs(...args.map((arg) => (arg === 'CONTROLLER' ? own : arg)))
    expect(result, result.stderr).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toMatch(/^ERROR [^\n]+\n$/)
    expect(result.stderr).toMatch(says)
    expect(await json<object>('jobs')).toEqual(before)
  })

  it.each([
    'mysql://me:s3cret@db.example/environs',
    's3cret@db.example',
    'postgresql://me:s3cret@[/environs',
  ])('--database %s is told without its password', async (url) => {
    for (const result of [
      await environs('--database', url, 'jobs'),
      await runHere(account, ['jobs'], { ENVIRONS_DATABASE: url }),
    ]) {
      expect(result).toMatchObject({ code: 2, stdout: '' })
      expect(result.stderr).toMatch(/^ERROR [^\n]+; [^\n]+\n$/)
      expect(result.stderr).not.toContain('s3cret')
    }
  })
})

describe('a worker in a process of its own', () => {
  it('does what is handed in, for whoever follows it, and ends when it is told to', async () => {
    const { child, result } = account.start(['worker', '--name', 'first'])
    let told = ''
    child.stderr?.on('data', (text: string) => {
      told += text
    })
    await until(() => told.includes('Worker "first" is at work'))
    const id = await detached('start')
    await done('jobs', id, '--follow')
    expect(told).toMatch(new RegExp(`^${id} \\d+: succeeded$`, 'm'))

    child.kill('SIGTERM')
    const { code, stdout, stderr } = await result
    expect(code, stderr).toBe(0)
    expect(stdout).toBe('')
    expect(stderr).toContain('Interrupted: ending after the steps under way.')
    expect(stderr).not.toContain('ERROR')
  })
})

it('destroys the controller, and leaves nothing', async () => {
  await done('destroy', 'prod', '--yes', '--job')
  expect(inventory(cloud)).toEqual([])
})
