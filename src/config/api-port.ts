/** Port of a controller's API (Juju: `api-port`). */
export const DEFAULT_API_PORT = 17070
