import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { NotFoundError, urlDataSource, type UrlOptions } from 'cloud-environs'
import { expect, it, onTestFinished } from 'vitest'
import { newAuthority, newServerCertificate } from '../../src/certificates/index.ts'

/** A source whose certificate an authority of its own has signed. */
async function site() {
  const now = Date.now()
  const authority = await newAuthority({ name: 'test', now })
  const { cert, key } = await newServerCertificate(authority, { names: ['127.0.0.1'], now })
  const server = createServer({ cert, key: key.reveal() }, (_, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fetch = (tls?: UrlOptions['tls']) =>
    urlDataSource({
      description: 'test',
      baseUrl,
      clock: { sleep: () => Promise.resolve() },
      ...(tls ? { tls } : {}),
    }).fetch('x')
  return { ca: authority.cert, fetch }
}

it('a source on https is read when its certificate is trusted, or nobody asks', async () => {
  const { ca, fetch } = await site()
  await expect(fetch()).rejects.toThrow(/cannot be reached/)
  await expect(fetch({ verify: true })).rejects.toThrow(/cannot be reached/)
  await expect(fetch({ ca })).rejects.toBeInstanceOf(NotFoundError)
  await expect(fetch({ verify: false })).rejects.toBeInstanceOf(NotFoundError)
})
