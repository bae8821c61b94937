/** A cloud that answers a request of the main flow with a refusal. */

import { faultsAtEveryRequest } from './faulty-flow.ts'

faultsAtEveryRequest({
  401: { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } },
  403: { status: 403, body: { forbidden: { code: 403, message: 'no' } } },
  404: { status: 404, body: { itemNotFound: { code: 404, message: 'no' } } },
  409: { status: 409, body: { conflictingRequest: { code: 409, message: 'no' } } },
  429: { status: 429, headers: { 'retry-after': '1' }, body: { overLimit: { code: 429, message: 'no' } } },
  500: { status: 500, body: { computeFault: { code: 500, message: 'no' } } },
})
