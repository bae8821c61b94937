import { mkdir, readFile, rm, rmdir } from 'node:fs/promises'
import {
  ConflictError,
  type EnvironsError,
  type Instance,
  NoInstancesError,
  NotSupportedError,
  NotValidError,
  PartialInstancesError,
} from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openModel } from '../../environ-contract.ts'
import { TestHosts } from './hosts.ts'

let hosts: TestHosts
beforeAll(async () => {
  hosts = await TestHosts.start('main', 'web1', 'web2')
})
afterAll(async () => {
  const left = await hosts.leftovers()
  await hosts[Symbol.asyncDispose]()
  expect(left).toEqual([])
})

/** A model that may take these hosts. */
async function model(...pool: readonly string[]) {
  return await openModel(await hosts.environs(), { cloud: hosts.cloud(), modelConfig: { hosts: pool } })
}

/** Which of two that start at once gets which host is not said. */
const hostOf = ({ instance }: { readonly instance: Instance }) => instance.id.slice('manual:'.length, -2)

/** A machine whose user says more about it. */
const saying = (cloudinitUserdata: string) => ({ instanceConfig: { cloudinitUserdata } })

const WRITES = `
packages: [curl]
write_files:
  - { path: /etc/motd.d/lab, content: "hello\\n", permissions: '0640' }
postruncmd:
  - stat -c %a /etc/motd.d/lab > /var/lib/juju/done
`

describe('starting instances', () => {
  it('takes the hosts one after the other, tells them apart, and gives them back as they were', async () => {
    const { environ, start, controllerUuid } = await model('web1', 'admin@web2')
    const told = {
      instanceConfig: {
        cloudinitUserdata: WRITES,
        authorizedKeys: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK0 me',
      },
    }
    const [a, b] = await Promise.all([start(told), start(told)])
    expect([a.instance.id, b.instance.id].map((id) => id.replace(/\/\d$/, '')).sort()).toEqual([
      'manual:web1',
      'manual:web2',
    ])
    expect(a.hardware).toMatchObject({ cpuCores: expect.any(Number), mem: expect.any(Number) })
    expect(a.hardware.mem).toBeGreaterThan(100)
    const { root } = hosts.host(hostOf(a))
    expect(await root.read('/var/lib/juju/done')).toBe('640\n')
    expect(await root.read('/home/ubuntu/.ssh/authorized_keys')).toContain(' me\n')

    const found = await environ.instances([b.instance.id, a.instance.id])
    expect(found).toMatchObject([
      { id: b.instance.id, status: { state: 'running' }, tags: b.instance.tags },
      { id: a.instance.id },
    ])
    expect(await found[1]?.addresses()).toEqual([{ value: hostOf(a), type: 'hostname', scope: 'unknown' }])

    await expect(start()).rejects.toMatchObject({
      cause: { code: 'QUOTA_EXCEEDED', message: expect.stringContaining(`controller ${controllerUuid}`) },
    })
    await environ.stopInstances([a.instance.id, 'manual:web9/7'])
    await environ.stopInstances([a.instance.id])
    const partly = await environ.instances([a.instance.id, b.instance.id]).catch((error: unknown) => error)
    expect(partly).toBeInstanceOf(PartialInstancesError)
    expect((partly as PartialInstancesError).instances.map((one) => one?.id)).toEqual([
      undefined,
      b.instance.id,
    ])
    // Another model neither sees nor stops what is not its own.
    const other = await model(hostOf(b))
    expect(await other.environ.allInstances()).toEqual([])
    await other.environ.stopInstances([b.instance.id])
    await other.environ.destroy()
    await expect(other.start()).rejects.toMatchObject({ cause: expect.any(ConflictError) })
    expect(await environ.allInstances()).toHaveLength(1)
    await environ.destroy()
    await expect(environ.instances([b.instance.id])).rejects.toBeInstanceOf(NoInstancesError)
  })

  it('passes over hosts that will not do, and says why', async () => {
    const { start } = await model('web1', 'web2')
    const message = async (attempt: Promise<unknown>) =>
      await attempt.then(
        () => 'started',
        ({ cause }: { cause: EnvironsError }) => [cause.code, cause.message],
      )
    expect(await message(start({ instanceConfig: { base: { os: 'debian', version: '12' } } }))).toEqual([
      'NOT_VALID',
      'no host will do: host web1 runs ubuntu 24.04, and not debian 12; host web2 runs ubuntu 24.04, and not debian 12',
    ])
    expect(await message(start({ placement: 'host=web2', constraints: { cores: 999 } }))).toEqual([
      'NOT_VALID',
      expect.stringMatching(/^host web2 has \d+ cores, of 999 that are wanted$/),
    ])
    hosts.silent.add('web1')
    expect(await message(start({ constraints: { arch: 's390x' } }))).toEqual([
      'QUOTA_EXCEEDED',
      'no host is free: nobody at web1; host web2 has the architecture amd64, and not s390x',
    ])
    hosts.silent.clear()
    await expect(start({ placement: 'host=web9' })).rejects.toBeInstanceOf(NotValidError)
    await expect(start({ placement: 'zone=a' })).rejects.toThrow('unknown placement directive')
  })

  it('leaves a host that belongs to somebody else alone', async () => {
    const { environ, start } = await model('web1')
    const { root } = hosts.host('web1')
    await root.write('/var/lib/juju-enrolment.json', Buffer.from('not ours'))
    await expect(start()).rejects.toThrow('enrolled already, in a way that cannot be read')
    expect(await environ.allInstances()).toEqual([])
    await environ.destroy()
    expect(await hosts.leftovers()).toEqual(['web1:/var/lib/juju-enrolment.json'])
    await rm(root.at('/var/lib/juju-enrolment.json'))
    await mkdir(root.at('/var/lib/juju'))
    await expect(start()).rejects.toThrow('has an agent that was not put there by enrolling it')
    await rmdir(root.at('/var/lib/juju'))
  })

  it('asks for nothing that a host cannot be told', async () => {
    const { start } = await model('web1')
    hosts.host('web1').commands.length = 0
    await expect(start(saying('timezone: UTC'))).rejects.toBeInstanceOf(NotSupportedError)
    expect(hosts.host('web1').commands).toHaveLength(1)
    const file = 'write_files: [{ path: /etc/os-release, content: mine }]'
    await expect(start(saying(file))).rejects.toThrow(/has a file .*\/etc\/os-release already/)
    expect(await hosts.host('web1').root.read('/etc/os-release')).toContain('24.04')
  })
})

describe('a start that fails', () => {
  it('gives the host back', async () => {
    const { environ, start } = await model('web1')
    const full = saying('postruncmd: [echo the disk is full >&2, exit 3]')
    await expect(start(full)).rejects.toThrow(/setting up the host failed on web1 .*3: the disk is full/)
    expect(await environ.allInstances()).toEqual([])
    expect(await hosts.leftovers()).toEqual([])
  })

  it('ends what it had begun when it is cancelled', async () => {
    const { params, environ } = await model('web1')
    const stop = new AbortController()
    const reason = new Error('enough')
    const failing = environ.startInstance(params(saying('postruncmd: [sleep 1000]')), { signal: stop.signal })
    const running = hosts.host('web1').root.at('/run/juju-enrolment.pid')
    const group = await vi.waitFor(async () => Number.parseInt(await readFile(running, 'utf8'), 10), 10_000)
    expect(group).toBeGreaterThan(1)
    stop.abort(reason)
    await expect(failing).rejects.toBe(reason)
    // Gone, or dead and not yet reaped.
    expect(await readFile(`/proc/${group}/stat`, 'utf8').catch(() => ') Z ')).toContain(') Z ')
  })

  it('is found again when the host could not be given back', async () => {
    const { environ, start } = await model('web1', 'web2')
    const host = hosts.host('web1')
    host.beforeCommand = async (command) => {
      if (!command.includes('setsid')) return
      hosts.silent.add('web1')
      await host.serve()
    }
    const failing = start()
    await expect(failing).rejects.toThrow(/lost; and host web1 could not be given back/)
    await expect(environ.allInstances()).rejects.toThrow('nobody at web1')
    await expect(environ.destroy()).rejects.toThrow('nobody at web1')
    hosts.silent.clear()
    host.beforeCommand = undefined
    const left = await environ.allInstances()
    expect(left).toMatchObject([{ id: 'manual:web1/0', status: { state: 'allocating' } }])
    await environ.destroy()
    expect(await environ.allInstances()).toEqual([])
  })
})
