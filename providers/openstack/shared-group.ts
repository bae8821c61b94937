/** One security group for processes that know nothing of each other, though Neutron takes a name any number of times. */

import { type Clock, TimeoutError } from 'cloud-environs/provider'
import type { SecurityGroup } from './api/index.ts'

/** How long the maker of a proposal has to settle it or take it back, before the others think that they are gone. */
const PATIENCE_MS = 10_000
const LOOK_EVERY_MS = 250

/** What agreeing takes. All groups are of the one name. */
export interface GroupsOfName {
  /** Those there are. */
  list(): Promise<readonly SecurityGroup[]>
  /** Makes one that may yet go. */
  propose(): Promise<SecurityGroup>
  isProposal(group: SecurityGroup): boolean
  /** Makes a proposal stay. One that is gone is no error. */
  settle(proposal: SecurityGroup): Promise<unknown>
  /** One that is gone is no error. */
  remove(group: SecurityGroup): Promise<unknown>
}

/**
 * The group of the name, made if need be: the same one for everybody who asks at the same moment.
 *
 * Whoever finds none proposes one, and only then looks who else did. The proposal with the lowest id is settled by its
 * maker, unless another is settled already; the makers of the others take them back. A settled group is gone on with once
 * no lower one can be settled any more. One that is proposed later is proposed where one is settled, and taken back.
 * @throws TimeoutError when what was proposed is never listed
 */
export async function agreeOnGroup(
  of: GroupsOfName,
  clock: Clock,
  signal?: AbortSignal,
): Promise<SecurityGroup> {
  const end = clock.now() + PATIENCE_MS
  let proposed: string | undefined
  for (;;) {
    const groups = (await of.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const isLate = clock.now() >= end
    const [first] = groups
    if (!first) {
      // What was proposed may be listed a little later: proposing again would make one more.
      if (proposed === undefined) proposed = (await of.propose()).id
      else if (isLate) throw new TimeoutError('a security group was made, and is not there')
      else await clock.sleep(LOOK_EVERY_MS, { signal })
      continue
    }
    const own = groups.find(({ id }) => id === proposed)
    const settled = groups.find((group) => !of.isProposal(group))
    if (settled && (settled === first || isLate)) {
      // Proposals of those who are gone would have everybody wait who comes later.
      const useless = isLate ? groups.filter((group) => of.isProposal(group) || group === own) : [own]
      for (const group of useless) if (group && group !== settled) await of.remove(group)
      return settled
    }
    if (!settled && (own === first || isLate)) await of.settle(first)
    else if (own && of.isProposal(own)) {
      await of.remove(own)
      proposed = undefined
    } else await clock.sleep(LOOK_EVERY_MS, { signal })
  }
}
