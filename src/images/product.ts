import { NotValidError } from '../environ/errors.ts'
import type { Base } from '../environ/instance-config.ts'

/** The stream of a lookup that names none. */
export const RELEASED = 'released'

const PRODUCT = /^com\.ubuntu\.cloud(?:\.([^:]+))?:server:([^:]+):([^:]+)$/
const VERSION = /^([a-z][a-z-]*)?(\d[0-9a-z.]*)$/

/** What a product is for. */
export interface ImageProduct extends Base {
  readonly stream: string
  readonly arch: string
}

/** `24.04` is ubuntu's; other systems are written with their version: `centos9`. */
const productVersion = ({ os, version }: Base): string => (os === 'ubuntu' ? version : `${os}${version}`)

/**
 * The id of the product that an image belongs to: `com.ubuntu.cloud:server:24.04:amd64`.
 * @throws NotValidError when it could not be read again
 */
export function imageProductId(product: ImageProduct): string {
  const stream = product.stream === RELEASED ? '' : `.${product.stream}`
  const id = `com.ubuntu.cloud${stream}:server:${productVersion(product)}:${product.arch}`
  const { os, version } = parseImageProductId(id) ?? {}
  if (os === product.os && version === product.version) return id
  throw new NotValidError(
    `${product.os}@${product.version} ${product.arch} is nothing that metadata can tell`,
    {
      hint: 'write the base as OS@VERSION, for example ubuntu@24.04',
    },
  )
}

/** What the id of a product says; `undefined` for products of another kind. */
export function parseImageProductId(id: string): ImageProduct | undefined {
  const [, stream = RELEASED, text = '', arch = ''] = PRODUCT.exec(id) ?? []
  const [, os = 'ubuntu', version] = VERSION.exec(text) ?? []
  return version === undefined ? undefined : { os, version, arch, stream }
}
