/** Servers in every state, and what Nova's actions make of them. */

import type { EmbeddedOpenStack } from '../../../../providers/openstack/embedded/index.ts'
import {
  type Answer,
  at,
  built,
  createServer,
  type Json,
  login,
  NOVA,
  pick,
  type Rest,
  until,
} from './rest.ts'

export interface Users {
  readonly demo: Rest
  readonly admin: Rest
}

export async function usersOf(cloud: EmbeddedOpenStack): Promise<Users> {
  return { demo: await login(cloud), admin: await login(cloud, 'admin') }
}

export function act(rest: Rest, id: string, body: unknown, version = '2.93'): Promise<Answer> {
  return rest.post(`${NOVA}/servers/${id}/action`, body, at(version))
}

export async function show(rest: Rest, id: string, version = '2.93'): Promise<Json> {
  return pick((await rest.get(`${NOVA}/servers/${id}`, at(version))).body, 'server') as Json
}

/** The server once it is in the status, with no task. */
export async function settled(rest: Rest, id: string, status: string): Promise<Json> {
  return until(
    () => show(rest, id),
    (server) => server.status === status && server['OS-EXT-STS:task_state'] === null,
  )
}

/** What Nova answers, in short: `409 the message`. */
export function said({ status, body }: Answer): string {
  return `${status} ${String(pick(body, Object.keys(body)[0] ?? '', 'message'))}`
}

/** How to get a new server into each state of rest: actions, and the status after each. */
const WAYS: Readonly<Record<string, readonly (readonly [action: Json, status: string])[]>> = {
  active: [],
  stopped: [[{ 'os-stop': null }, 'SHUTOFF']],
  paused: [[{ pause: null }, 'PAUSED']],
  suspended: [[{ suspend: null }, 'SUSPENDED']],
  rescued: [[{ rescue: null }, 'RESCUE']],
  resized: [[{ resize: { flavorRef: '2' } }, 'VERIFY_RESIZE']],
  shelved: [[{ shelve: null }, 'SHELVED']],
  shelved_offloaded: [
    [{ shelve: null }, 'SHELVED'],
    [{ shelveOffload: null }, 'SHELVED_OFFLOADED'],
  ],
  error: [[{ 'os-resetState': { state: 'error' } }, 'ERROR']],
}

export const STATES = Object.keys(WAYS)

/** A new server of `demo` in that state. */
export async function serverIn({ demo, admin }: Users, vmState: string, extra: Json = {}): Promise<string> {
  const id = await createServer(demo, { name: `in-${vmState}`, networks: 'none', ...extra })
  await built(demo, id)
  for (const [action, status] of WAYS[vmState] ?? []) {
    const answer = await act(admin, id, action)
    if (answer.status >= 300) throw new Error(`${vmState}: ${answer.text}`)
    await settled(demo, id, status)
  }
  return id
}
