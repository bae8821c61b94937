/** The initial administrator of every controller (Juju 2.0-rc: `AdminUser`). */
export const ADMIN_USER = 'admin@local'

/** How often, and for how long, addresses of a controller are asked for again (Juju: `AddressesRefreshAttempt`). */
export const ADDRESSES_REFRESH_ATTEMPT = {
  /** Milliseconds in all: 3 minutes. */
  total: 180_000,
  /** Milliseconds between attempts: 1 second. */
  delay: 1_000,
} as const

/** The user that cloud-init makes on an instance and that finalising logs in as. */
export const INSTANCE_USER = 'ubuntu'
