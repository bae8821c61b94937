import { isObject, isText } from '../../json.ts'
import type { Reply } from '../../message.ts'
import { type Call, ok } from '../call.ts'
import { novaError } from '../errors.ts'
import type { Server } from '../server.ts'
import { type Actions, enter, perform, transition } from './action.ts'
import { ADMIN_PASS, passwordOf } from './password.ts'

export const rescueActions: Actions = {
  rescue: {
    schema: {
      type: ['object', 'null'],
      properties: { adminPass: ADMIN_PASS, rescue_image_ref: { type: 'string', format: 'uuid' } },
    },
    from: ['active', 'stopped', 'error'],
    run: rescue,
  },
  unrescue: transition({ from: ['rescued'], task: 'unrescuing', to: 'active', record: 'unrescue' }),
}

/** Answers with the password, and 200, though the rescue goes on. */
function rescue(call: Call, server: Server, value: unknown): Reply {
  const { state, access } = call
  const asked = isObject(value) && isText(value.rescue_image_ref) ? value.rescue_image_ref : undefined
  const image = state.images.visible(asked ?? server.imageId ?? '', access)
  if (asked !== undefined && !image) {
    throw novaError(400, `Requested rescue image '${asked}' is not supported`)
  }
  const stable = image?.properties.has('hw_rescue_bus') && image.properties.has('hw_rescue_device')
  if (server.imageId === undefined && !(call.minor >= 87 && stable)) {
    throw novaError(400, `Instance ${server.id} cannot be rescued: Cannot rescue a volume-backed instance`)
  }
  perform(call, server, 'rescue', ['rescuing'], () => {
    enter(server, 'rescued')
    server.launched = Date.now()
  })
  return ok({ adminPass: passwordOf(value) })
}
