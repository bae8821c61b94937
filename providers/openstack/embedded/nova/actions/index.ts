import { isObject } from '../../json.ts'
import type { Reply } from '../../message.ts'
import { bodyOf, type Call, serverOf, versionNotFound } from '../call.ts'
import { novaError } from '../errors.ts'
import { MAX_MINOR } from '../microversion.ts'
import { validate } from '../schema.ts'
import { type Actions, check } from './action.ts'
import { addressActions } from './addresses.ts'
import { adminActions } from './admin.ts'
import { consoleActions } from './consoles.ts'
import { evacuateActions } from './evacuate.ts'
import { liveMigrationActions } from './live-migration.ts'
import { lockActions } from './lock.ts'
import { passwordActions } from './password.ts'
import { pauseActions } from './pause.ts'
import { powerActions } from './power.ts'
import { rebuildActions } from './rebuild.ts'
import { rescueActions } from './rescue.ts'
import { resizeActions } from './resize.ts'
import { securityGroupActions } from './security-groups.ts'
import { shelveActions } from './shelve.ts'
import { snapshotActions } from './snapshots.ts'

const ACTIONS: Actions = {
  ...powerActions,
  ...pauseActions,
  ...lockActions,
  ...rescueActions,
  ...shelveActions,
  ...resizeActions,
  ...liveMigrationActions,
  ...evacuateActions,
  ...rebuildActions,
  ...snapshotActions,
  ...passwordActions,
  ...securityGroupActions,
  ...addressActions,
  ...consoleActions,
  ...adminActions,
}

/** POST /servers/{id}/action. */
export function act(call: Call): Reply {
  const body = bodyOf(call)
  const keys = isObject(body) ? Object.keys(body) : []
  const [key, ...others] = keys
  if (key === undefined || others.length > 0 || !isObject(body)) {
    throw novaError(400, 'Malformed request body')
  }
  // Since Wallaby, whatever server it names.
  if (key === 'resetNetwork') {
    throw novaError(410, 'This resource is no longer available. No forwarding address is given.')
  }
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined
  if (!action) throw novaError(400, `There is no such action: ${key}`)
  const [first, last] = action.versions ?? [1, MAX_MINOR]
  if (call.minor < first || call.minor > last) throw versionNotFound()
  const schema = typeof action.schema === 'function' ? action.schema(call.minor) : action.schema
  if (schema) validate({ type: 'object', properties: { [key]: schema }, required: [key] }, body)
  const server = serverOf(call)
  check(call, server, key, action)
  return action.run(call, server, body[key])
}
