/** All cases, by group. */

import type { ConformanceCase } from '../conformance-case.ts'
import { bootstrap } from './bootstrap.ts'
import { concurrency } from './concurrency.ts'
import { finding } from './finding.ts'
import { firewall } from './firewall.ts'
import { honesty } from './honesty.ts'
import { hostingCases } from './hosting.ts'
import { lifecycle } from './lifecycle.ts'
import { networking } from './networking.ts'
import { placement } from './placement.ts'
import { provider } from './provider.ts'
import { storage } from './storage.ts'
import { tags } from './tags.ts'

/** What every provider promises; see {@link ConformanceCase}. */
export const CASES: readonly ConformanceCase[] = [
  ...provider,
  ...lifecycle,
  ...finding,
  ...tags,
  ...firewall,
  ...networking,
  ...storage,
  ...placement,
  ...bootstrap,
  ...concurrency,
  ...hostingCases,
  ...honesty,
]
