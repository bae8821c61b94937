import type { FaultWorld } from './inject-faults.ts'

/** What is in the cloud once it had the time to remove what was asked to be: clouds say so a moment before. */
export async function leftIn(
  world: Pick<FaultWorld, 'inventory'>,
  timeout: number,
): Promise<readonly string[]> {
  for (const end = Date.now() + timeout; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    const left = await world.inventory()
    if (left.length === 0 || Date.now() > end) return left
  }
}
