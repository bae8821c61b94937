import { randomBytes } from 'node:crypto'
import { isObject, isText } from '../../json.ts'
import type { Schema } from '../schema.ts'
import { ACCEPTED, type Actions, perform } from './action.ts'

export const ADMIN_PASS: Schema = { type: 'string' }

export const passwordActions: Actions = {
  changePassword: {
    schema: { type: 'object', properties: { adminPass: ADMIN_PASS }, required: ['adminPass'] },
    lock: 'bad state',
    from: ['active'],
    run(call, server) {
      perform(call, server, 'changePassword', ['updating_password'], () => undefined)
      return ACCEPTED
    },
  },
}

/** The password that an action's value asks for, or a new one. */
export function passwordOf(value: unknown): string {
  const asked = isObject(value) ? value.adminPass : undefined
  return isText(asked) ? asked : randomBytes(9).toString('base64url')
}
