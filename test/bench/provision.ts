import type { MachineOutcome } from 'cloud-environs'
import { FaultyCloud } from './faulty-cloud.ts'
import { type Figure, timed } from './measure.ts'

const MACHINES = 1_000
const SEED = 1
const SAMPLE_MS = 20
const MIB = 1024 * 1024

const attemptsOf = (outcome: MachineOutcome): number => ('attempts' in outcome ? outcome.attempts : 0)

/** A thousand machines on a cloud that fails at random; the memory is that of the cloud, too. */
export async function provision(): Promise<readonly Figure[]> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  // Without a group for each machine: what is measured is the provisioner, not the embedded Neutron.
  await using faulty = await FaultyCloud.start(SEED, { 'firewall-mode': 'none' })
  let peak = 0
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed - before)
  }, SAMPLE_MS)
  let outcomes: readonly MachineOutcome[] = []
  const time = await timed(async () => {
    outcomes = await faulty.startMachines(Array.from({ length: MACHINES }, () => ({})))
  })
  clearInterval(sampling)
  const started = outcomes.filter(({ status }) => status === 'started').length
  const again = outcomes.reduce((sum, outcome) => sum + attemptsOf(outcome) - 1, 0)
  const names = faulty.serverNames()
  const duplicates = names.length - new Set(names).size
  const orphans = (await faulty.orphans()).length + names.length - duplicates - started
  const left = (await faulty.destroy()).length
  return [
    {
      subject: `${MACHINES} machines through faults: duplicates, orphans, left after destroy`,
      measured: `${duplicates}, ${orphans}, ${left} (${started} started, ${again} tried again, ${(time / 1000).toFixed(0)} s)`,
      goal: '0, 0, 0',
      met: started === MACHINES && duplicates === 0 && orphans === 0 && left === 0,
    },
    {
      subject: 'their peak memory, that of the cloud in the same process included',
      measured: `${(peak / MIB).toFixed(0)} MiB`,
      goal: '≤ 300 MiB',
      met: peak <= 300 * MIB,
    },
  ]
}
