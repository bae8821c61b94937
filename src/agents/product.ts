import { NotValidError } from '../environ/errors.ts'
import type { Item } from '../simplestreams/index.ts'
import { formatAgentVersion, readAgentVersion } from './version.ts'

/** The datatype of agent metadata. */
export const CONTENT_DOWNLOAD = 'content-download'

const PRODUCT = /^com\.ubuntu\.juju:([a-z][a-z0-9]*):([a-z0-9]+)$/
const STREAM = /^[a-z0-9][a-z0-9-]*$/
const SHA256 = /^[0-9a-f]{64}$/

/** What a product is for. */
export interface AgentProduct {
  readonly os: string
  readonly arch: string
}

/** What metadata says of one agent binary. */
export interface AgentMetadata extends AgentProduct {
  readonly version: string
  /** Below its source. */
  readonly path: string
  /** Lower-case hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** @throws NotValidError when the name of a stream could not be one in metadata and file names */
export function agentContentId(stream: string): string {
  if (STREAM.test(stream)) return `com.ubuntu.juju:${stream}:agents`
  throw new NotValidError(`${JSON.stringify(stream)} is no stream of agents`, {
    hint: 'released, proposed, devel and testing are; others have letters, digits and "-" in their name',
  })
}

/**
 * The id of the product that an agent binary belongs to: `com.ubuntu.juju:ubuntu:amd64`.
 * @throws NotValidError when it could not be read again
 */
export function agentProductId({ os, arch }: AgentProduct): string {
  const id = `com.ubuntu.juju:${os}:${arch}`
  if (parseAgentProductId(id)) return id
  throw new NotValidError(`${JSON.stringify(`${os} ${arch}`)} is nothing that metadata can tell`, {
    hint: 'write operating system and architecture as ubuntu and amd64',
  })
}

/** What the id of a product says; `undefined` for products of another kind. */
export function parseAgentProductId(id: string): AgentProduct | undefined {
  const [, os, arch] = PRODUCT.exec(id) ?? []
  return os === undefined || arch === undefined ? undefined : { os, arch }
}

/** What an item says of an agent binary; `undefined` when it lacks what one needs to have it or to trust it. */
export function agentOfItem({ productId, attributes }: Item): AgentMetadata | undefined {
  const product = parseAgentProductId(productId)
  const text = (name: string): string => attributes.get(name)?.toString() ?? ''
  const version = readAgentVersion(text('version'))
  const size = Number(text('size'))
  const sha256 = text('sha256').toLowerCase()
  const path = text('path')
  if (!product || !version || !path || !SHA256.test(sha256) || !Number.isSafeInteger(size) || size <= 0) {
    return undefined
  }
  return {
    version: formatAgentVersion(version),
    ...product,
    path,
    sha256,
    size,
  }
}
