/**
 * One fault at every request of the main flow, of every kind that the network and the cloud have: the flow ends with
 * success or a typed error, destroying removes everything, and no machine is ever two servers.
 */

import { createEnvirons, EnvironsError, type ProgressEvent, Secret } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type FaultAction,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'
import { MemoryControllerStore } from '../../../bootstrap/memory-controller-store.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fastClock } from './fast-clock.ts'

/** A machine with all that is made beside a server. */
const EVERYTHING = { allocatePublicIp: true, rootDiskSource: 'volume' }

let cloud: EmbeddedOpenStack

beforeEach(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5 })
})
afterEach(() => cloud.close())

const left = (): unknown[] =>
  Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())

async function flow(events: ProgressEvent[]): Promise<{ outcome: unknown; destroy: () => Promise<void> }> {
  const credential = {
    authType: 'userpass',
    attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
  }
  const environs = await createEnvirons({
    plugins: [openstack()],
    clock: fastClock,
    controllers: new MemoryControllerStore(),
  })
  const steps = async (): Promise<void> => {
    await environs.bootstrap(
      {
        agent: 'none',
        controllerName: 'faulty',
        cloud: {
          type: 'openstack',
          name: 'embedded',
          region: 'RegionOne',
          endpoint: cloud.authUrl,
          credential,
        },
        modelConfig: { network: 'private' },
      },
      { onProgress: (event) => events.push(event) },
    )
    const environ = await environs.openController('faulty', { credential })
    try {
      const { instance } = await environs.startMachine('faulty', environ, { constraints: EVERYTHING })
      const machines = Object.values(cloud.inventory()).flatMap(({ servers }) =>
        servers.map(({ name }) => name),
      )
      expect(new Set(machines).size).toBe(machines.length)
      await environ.stopInstances([instance.id])
    } finally {
      await environ[Symbol.asyncDispose]()
    }
    await environs.destroyController('faulty', { credential })
  }
  const outcome = await steps().then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    outcome,
    destroy: async () => {
      const known = await environs.controllers.all()
      for (const { name } of known) await environs.destroyController(name, { credential })
    },
  }
}

/** Defines a test for each kind of fault, at every request in turn. */
export function faultsAtEveryRequest(kinds: Readonly<Record<string, FaultAction>>): void {
  it.each(Object.entries(kinds))(
    '%s at any request leaves nothing behind',
    async (_name, action) => {
      for (let request = 0; ; request++) {
        const fault = cloud.faults.add({ skip: request, action })
        const events: ProgressEvent[] = []
        const { outcome, destroy } = await flow(events)
        const { hits } = fault
        fault.remove()
        const where = `request ${request + 1}, after: ${events.at(-1)?.message}`
        if (outcome !== undefined) {
          expect(outcome, `${where}: ${String((outcome as Error).stack)}`).toBeInstanceOf(EnvironsError)
          expect((outcome as Error).message, where).not.toBe('')
        }
        await destroy()
        // Boot volumes go a moment after their servers: Nova leaves that to Cinder.
        await vi.waitFor(() => expect(left(), `${where}: ${String(outcome)}`).toEqual([]), { interval: 5 })
        if (hits === 0) {
          expect(request).toBeGreaterThan(30)
          expect(outcome).toBeUndefined()
          return
        }
      }
    },
    60_000,
  )
}
