/** A controller on a cloud in memory, and a worker whose tasks are begun by hand. */

import { createEnvirons, type Environ, type Environs } from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { onTestFinished } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { HandRunner } from './hand-runner.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

export interface Site {
  readonly cloud: MemoryCloud
  readonly store: MemoryControllerStore
  readonly runner: HandRunner
  readonly environs: Environs
  readonly environ: Environ
  readonly clock: ManualClock
  /** What the cloud was asked, by name. */
  readonly asked: string[]
  /** Thrown by the next calls of `startInstance` for machines, one each, before or after the instance is made. */
  readonly failures: { error: Error; made?: boolean }[]
  /** What the next calls of `startInstance` wait for, one each, before they make the instance. */
  readonly gates: Promise<void>[]
  /** Ids of the machines that have an instance, one for each instance. */
  machines(): readonly (string | undefined)[]
}

export async function newSite(): Promise<Site> {
  const cloud = new MemoryCloud()
  const store = new MemoryControllerStore()
  const runner = new HandRunner()
  const clock = new ManualClock()
  const asked: string[] = []
  const failures: { error: Error; made?: boolean }[] = []
  const gates: Promise<void>[] = []
  const plugin = alteredMemory(cloud, (original) => ({
    startInstance: async (params, options) => {
      if (params.instanceConfig.isController) return await original.startInstance(params, options)
      asked.push('startInstance')
      const failure = failures.shift()
      await gates.shift()
      if (failure && !failure.made) throw failure.error
      const result = await original.startInstance(params, options)
      if (failure) throw failure.error
      return result
    },
    allInstances: async (options) => {
      asked.push('allInstances')
      return await original.allInstances(options)
    },
  }))
  const environs = await createEnvirons({ plugins: [plugin], controllers: store, runner, clock })
  await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
  const environ = await environs.openController('main')
  const employed = new AbortController()
  onTestFinished(() => employed.abort())
  await HandRunner.employ(environs, employed.signal)
  const machines = () =>
    cloud
      .machines()
      .filter(({ tags }) => tags['juju-is-controller'] !== 'true')
      .map(({ tags }) => tags['juju-machine-id'])
  return { cloud, store, runner, environs, environ, clock, asked, failures, gates, machines }
}
