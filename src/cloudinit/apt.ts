import type { InstanceConfig } from '../environ/instance-config.ts'

/** All that apt's configuration can name as a host without quoting. */
const HOST = /^[a-z0-9][a-z0-9.-]*$/i

/** What would end a quoted text of apt's configuration, or is in no URL. */
const UNSAFE = /[^\x21\x23-\x5b\x5d-\x7e]/gu

/** A URL for apt's configuration, which knows no escapes; a proxy without a scheme is one for http. */
const proxyUrl = (proxy: string): string =>
  (proxy.includes('://') ? proxy : `http://${proxy}`).replace(UNSAFE, encodeURIComponent)

/** The member `apt` of a cloud-config; nothing when apt is to be as the image has it. */
export function aptSection({ aptMirror, aptProxies = {} }: InstanceConfig): Record<string, unknown> {
  const { http, https, ftp, noProxy = [] } = aptProxies
  const proxies = Object.entries({ http, https, ftp }).flatMap(([scheme, proxy]) =>
    proxy ? [{ scheme, proxy: proxyUrl(proxy) }] : [],
  )
  const direct = proxies.flatMap(({ scheme }) =>
    noProxy.filter((host) => HOST.test(host)).map((host) => `Acquire::${scheme}::Proxy::${host} "DIRECT";\n`),
  )
  const mirror = [{ arches: ['default'], uri: aptMirror }]
  const apt = {
    ...(aptMirror ? { primary: mirror, security: mirror } : {}),
    ...Object.fromEntries(proxies.map(({ scheme, proxy }) => [`${scheme}_proxy`, proxy])),
    ...(direct.length > 0 ? { conf: direct.join('') } : {}),
  }
  return Object.keys(apt).length > 0 ? { apt } : {}
}
