/** Nova's microversions: each call asks for the lowest one that has what it needs. */

/** `2.N`. */
export type Microversion = `2.${number}`

/** What every cloud since Kilo offers. */
export const BASE_MICROVERSION: Microversion = '2.1'

/** The header names, new and old; Nova reads the old one only below 2.27, and clouds of all ages get both. */
export function microversionHeaders(microversion: Microversion): Record<string, string> {
  return {
    'openstack-api-version': `compute ${microversion}`,
    'x-openstack-nova-api-version': microversion,
  }
}

/** Negative when `a` is the older. */
export function compareMicroversions(a: Microversion, b: Microversion): number {
  return minor(a) - minor(b)
}

function minor(microversion: Microversion): number {
  return Number(microversion.slice(2))
}
