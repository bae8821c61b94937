/** Waiting for a machine: all of its addresses, its own host key, and that it is ready. */

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CallOptions,
  EnvironsError,
  NotValidError,
  TimeoutError,
  UnavailableError,
  UntrustedError,
} from 'cloud-environs'
import type { Dialer } from 'cloud-environs/provider'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/runtime/host/clock.ts'
import { type AwaitedMachine, hasNonce, type SshConnection, waitForMachine } from '../../src/ssh/index.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { Machines, otherHostKey, who } from './machines.ts'

let machines: Machines
let attempts: string[]
beforeEach(() => {
  machines = new Machines()
  attempts = []
})
afterEach(() => machines[Symbol.asyncDispose]())

const wait = (
  machine: Partial<AwaitedMachine>,
  dialOpts: object = {},
  signal?: AbortSignal,
  dialer: Dialer = machines.dialer,
) =>
  waitForMachine(
    { ...who, addresses: async () => ['10.0.0.5'], isReady: async () => true, ...machine },
    {
      dialer,
      clock: systemClock,
      dialOpts: { timeout: 5_000, retryDelay: 10, addressesDelay: 20, ...dialOpts },
      onAttempt: (host) => attempts.push(host),
      signal,
    },
  )

const said = async (connection: SshConnection): Promise<string> => {
  await using machine = connection
  return (await machine.exec('echo hello')).stdout
}

describe('waiting for a machine', () => {
  it('ends with the first address that answers, whichever appears when', async () => {
    const appearing = [[], ['10.0.0.9'], ['10.0.0.9', '10.0.0.5']]
    await machines.add('10.0.0.5')
    const addresses = async () => appearing.shift() ?? ['10.0.0.9', '10.0.0.5']
    expect(await said(await wait({ addresses }))).toBe('hello\n')
    expect(attempts).toEqual(['10.0.0.9', '10.0.0.5'])
  })

  it('tries all addresses at once, and closes the others when one has won', async () => {
    await Promise.all([machines.add('10.0.0.5'), machines.add('10.0.0.6')])
    let asked = 0
    const isReady = async (_: SshConnection, { signal }: CallOptions) => {
      if (++asked === 2) return true
      // The first to be asked never answers.
      await once(signal as AbortSignal, 'abort')
      throw signal?.reason
    }
    await using connection = await wait({ addresses: async () => ['10.0.0.5', '10.0.0.6'], isReady })
    await vi.waitFor(() => expect(machines.connections).toBe(1))
    expect((await connection.exec('echo hello')).stdout).toBe('hello\n')
  })

  it('goes on until the machine has its nonce', async () => {
    await machines.add('10.0.0.5')
    const directory = await mkdtemp(join(tmpdir(), 'environs-nonce-'))
    const file = join(directory, 'nonce.txt')
    let looks = 0
    const isReady = async (machine: SshConnection, options: CallOptions) => {
      if (++looks === 2) await writeFile(file, 'user-admin:bootstrap\n')
      return await hasNonce(machine, file, 'user-admin:bootstrap', options)
    }
    try {
      expect(await said(await wait({ isReady }))).toBe('hello\n')
      expect(looks).toBe(2)
      const another = (machine: SshConnection) => hasNonce(machine, file, 'user-admin:other')
      const refused = wait({ isReady: another })
      await expect(refused).rejects.toBeInstanceOf(UntrustedError)
      await expect(refused).rejects.toThrow('10.0.0.5 has another nonce than the machine that was started')
    } finally {
      await rm(directory, { recursive: true })
    }
    expect(machines.connections).toBe(0)
  })

  it('goes on after an address that leads to another machine', async () => {
    await machines.add('10.0.0.6', otherHostKey)
    const addresses = async () => {
      // Ours comes up when the other one has been refused for good.
      if (machines.dialled.filter((address) => address === '10.0.0.6:22').length === 3) {
        await machines.add('10.0.0.5')
      }
      return ['10.0.0.6', '10.0.0.5']
    }
    await using connection = await wait({ addresses })
    expect(connection.host).toBe('10.0.0.5')
    expect(machines.dialled.filter((address) => address === '10.0.0.6:22').length).toBe(3)
  })

  it('goes on when a machine comes up with its own keys and gets the right ones then', async () => {
    await machines.add('10.0.0.5', otherHostKey)
    let dials = 0
    const dialer: Dialer = {
      dial: async (target, options) => {
        if (++dials === 3) {
          await machines.remove('10.0.0.5')
          await machines.add('10.0.0.5')
        }
        return await machines.dialer.dial(target, options)
      },
    }
    expect(await said(await wait({}, {}, undefined, dialer))).toBe('hello\n')
  })

  it('ends soon when every address leads to another machine', async () => {
    await machines.add('10.0.0.6', otherHostKey)
    const refused = wait({ addresses: async () => ['10.0.0.6'] })
    await expect(refused).rejects.toBeInstanceOf(UntrustedError)
    await expect(refused).rejects.toThrow(`shows the SSH host key ${otherHostKey.fingerprint}`)
    expect(machines.connections).toBe(0)
  })

  it('notices that the machine will not come', async () => {
    const broken = new EnvironsError('instance i-1 failed: no disk')
    const addresses = () => Promise.reject(broken)
    await expect(wait({ addresses })).rejects.toBe(broken)
    let looks = 0
    const later = async () => (++looks < 3 ? ['10.0.0.9'] : await addresses())
    await expect(wait({ addresses: later })).rejects.toBe(broken)
  })

  it('stops on what no further attempt would cure', async () => {
    await machines.add('10.0.0.5')
    await expect(wait({ hostKeys: ['nonsense'] })).rejects.toBeInstanceOf(NotValidError)
    const mistake = new TypeError('undefined is not a function')
    await expect(wait({ isReady: () => Promise.reject(mistake) })).rejects.toBe(mistake)
    expect(machines.connections).toBe(0)
  })

  it('gives up without an address', async () => {
    const late = wait({ addresses: async () => [] }, { timeout: 60 })
    await expect(late).rejects.toBeInstanceOf(TimeoutError)
    await expect(late).rejects.toThrow('waited for 0.06 s without any address of the machine')
  })

  it('gives up without an answer, and says the last failure', async () => {
    const late = wait({}, { timeout: 60 })
    await expect(late).rejects.toBeInstanceOf(TimeoutError)
    await expect(late).rejects.toThrow(
      'waited for 0.06 s without being able to connect to the machine: nobody at 10.0.0.5',
    )
    expect(machines.dialled.length).toBeGreaterThan(2)
  })

  it('waits as long as it is told between looks and attempts', async () => {
    const clock = new ManualClock()
    const [looks, dials]: [number[], number[]] = [[], []]
    const addresses = async () => {
      looks.push(clock.now())
      return ['10.0.0.9']
    }
    const dialer: Dialer = {
      dial: async () => {
        dials.push(clock.now())
        throw new UnavailableError('nobody there')
      },
    }
    const dialOpts = { timeout: 21_000, retryDelay: 5_000, addressesDelay: 10_000 }
    const late = clock.drive(
      waitForMachine({ ...who, addresses, isReady: async () => true }, { dialer, clock, dialOpts }),
    )
    await expect(late).rejects.toThrow('waited for 21 s')
    expect(looks).toEqual([0, 10_000, 20_000])
    expect(dials).toEqual([0, 5_000, 10_000, 15_000, 20_000])
    expect(clock.asleep).toBe(0)
  })

  it('ends when it is told to: without an address, while it dials, while the machine is not ready', async () => {
    await machines.add('10.0.0.5')
    const states: Partial<AwaitedMachine>[] = [
      { addresses: async () => [] },
      { addresses: async () => ['10.0.0.9'] },
      { isReady: async () => false },
      // One that does not listen to the signal.
      { isReady: () => new Promise(() => undefined) },
    ]
    for (const state of states) {
      const abort = new AbortController()
      const reason = new Error('enough')
      let looks = 0
      const addresses = async (): Promise<readonly string[]> => {
        if (++looks === 2) abort.abort(reason)
        return state.addresses ? await state.addresses({}) : ['10.0.0.5']
      }
      await expect(wait({ ...state, addresses }, {}, abort.signal)).rejects.toBe(reason)
      await vi.waitFor(() => expect(machines.connections).toBe(0))
    }
  })
})
