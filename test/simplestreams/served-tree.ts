/** A tree of documents on a real HTTP server, and keys to sign them with. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCleartextMessage, generateKey, readPrivateKey, sign } from 'openpgp'
import { onTestFinished } from 'vitest'

/** Serves until the test ends; gives the address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Files by path. Objects are served as JSON, functions answer themselves. */
export type Tree = Record<string, object | string | Buffer | RequestListener>

/** Serves a tree below `/base`; whatever is not in it is 404. */
export async function serveTree(tree: Tree, requests: string[] = []): Promise<string> {
  const origin = await serve((request, response) => {
    requests.push(request.url ?? '')
    const file = tree[(request.url ?? '').replace('/base/', '')]
    if (typeof file === 'function') return file(request, response)
    if (file === undefined) return response.writeHead(404).end()
    return response.end(typeof file === 'string' || Buffer.isBuffer(file) ? file : JSON.stringify(file))
  })
  return `${origin}/base`
}

/** A key pair, armoured. */
export const newKey = (): Promise<{ readonly privateKey: string; readonly publicKey: string }> =>
  generateKey({ userIDs: [{ name: 'test' }], format: 'armored' })

export async function clearSigned(document: object, armoredKey: string): Promise<string> {
  const message = await createCleartextMessage({ text: JSON.stringify(document, undefined, 1) })
  return await sign({ message, signingKeys: await readPrivateKey({ armoredKey }) })
}

export const CLOUD = { region: 'RegionOne', endpoint: 'https://keystone.example:5000/v3' }
export const NOBLE = 'com.ubuntu.cloud:server:24.04:amd64'
export const PRODUCTS_PATH = 'streams/v1/com.ubuntu.cloud:released.json'

export const index = (path = PRODUCTS_PATH, more: object = {}) => ({
  format: 'index:1.0',
  index: {
    'com.ubuntu.cloud:released': {
      datatype: 'image-ids',
      format: 'products:1.0',
      clouds: [CLOUD],
      products: [NOBLE],
      path,
      ...more,
    },
  },
})

export const products = (id = 'img-1', more: object = {}) => ({
  format: 'products:1.0',
  ...CLOUD,
  products: {
    [NOBLE]: {
      arch: 'amd64',
      versions: {
        '20240101': { items: { a: { id: 'old' } } },
        '20240601': { items: { a: { id } } },
      },
    },
  },
  ...more,
})
