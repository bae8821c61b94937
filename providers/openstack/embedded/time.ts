/** The forms in which OpenStack writes a moment. Moments are milliseconds since the epoch. */

/** `2026-01-31T12:00:00Z`: Nova's, Neutron's and Glance's `created`. */
export function zulu(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`
}

/** `2026-01-31T12:00:00.000000`: Nova's `launched_at`. */
export function micro(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}.000000`
}

/** `2026-01-31T12:00:00.000000Z`: Keystone's `expires_at`. */
export function microZulu(moment: number): string {
  return `${micro(moment)}Z`
}
