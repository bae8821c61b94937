/** A network, or a gateway in it, that spoils a request of the main flow. */

import { faultsAtEveryRequest } from './faulty-flow.ts'

faultsAtEveryRequest({
  503: { status: 503, body: 'no' },
  'a reset before the cloud acts': 'reset-before',
  'a reset after the cloud acted': 'reset-after',
  'an answer cut off': 'truncated',
  'a page in HTML': 'html',
})
