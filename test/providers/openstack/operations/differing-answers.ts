/** Where a real cloud and the embedded one answer in different forms. */

import type { Shapes } from './answers.ts'
import { differences } from './shape.ts'

/** What may differ, and why. */
const ALLOWED: readonly (readonly [difference: RegExp, because: string])[] = [
  [
    /^GET image \/images(\/\*)? 200(\.images\[\])?\.\w+: only (real|embedded)$/,
    'properties of images are free, and Nova writes into snapshots whatever it keeps about the server',
  ],
  [
    /\.metadata\.\w+: only (real|embedded)$/,
    'its keys are what users gave to the things that there were when somebody listed them',
  ],
  [
    /\.dns_(domain|name|assignment): only embedded$/,
    'the real cloud is without the extension dns-integration',
  ],
  [
    /\.server\.fault: only real$/,
    'a state reset to error shows the fault of whatever failed before: on the fake hypervisor the crash dump, sooner or later',
  ],
  [
    /^POST network \/networks 201\.network\.is_default: only real$/,
    'Neutron shows it of every new network, and later of external ones alone',
  ],
  [
    /security_group_rules\[\]\.standard_attr_id: only real$/,
    'Neutron lets its own key of the rule through, in the answer to the create of a group only',
  ],
]

/** In words; none when they are alike. */
export function differingAnswers(real: Shapes, embedded: Shapes): string[] {
  const found: string[] = []
  for (const key of new Set([...Object.keys(real), ...Object.keys(embedded)])) {
    const [one, other] = [real[key], embedded[key]]
    if (one && other) found.push(...differences(one, other, key))
    else found.push(`${key}: only ${one ? 'real' : 'embedded'}`)
  }
  return found.filter((difference) => ALLOWED.every(([allowed]) => !allowed.test(difference)))
}
