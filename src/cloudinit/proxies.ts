import type { ProxySettings } from '../environ/instance-config.ts'
import { shellWord } from './shell.ts'

/** Lines of shell that set the variables of proxies, in both cases, as programs disagree; '' when there is no proxy. */
export function proxyExports({ http, https, ftp, noProxy = [] }: ProxySettings = {}): string {
  const proxies = { http_proxy: http, https_proxy: https, ftp_proxy: ftp }
  const set = Object.entries(proxies).filter(([, proxy]) => proxy)
  if (set.length === 0) return ''
  return [...set, ...(noProxy.length > 0 ? [['no_proxy', noProxy.join(',')]] : [])]
    .flatMap(([name = '', value = '']) => [name, name.toUpperCase()].map((each) => [each, shellWord(value)]))
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('')
}
