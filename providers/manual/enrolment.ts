import { createHash } from 'node:crypto'
import {
  type CallOptions,
  CommandError,
  ConflictError,
  type EnvironsError,
  INSTANCE_USER,
  TAG_CONTROLLER,
  TAG_MACHINE,
  TAG_MODEL,
} from 'cloud-environs/provider'
import type { ConnectedHost } from './connection.ts'
import { CLAIM, CLAIM_REFUSED, RELEASE } from './scripts.ts'

/** Stopping an agent may take long. */
const RELEASE_MS = 120_000

/** Whose a host is, and what was done to it: the record that lies on it. */
export interface Enrolment {
  /** Those of the instance. */
  readonly tags: Readonly<Record<string, string>>
  /** Of this start of the machine. */
  readonly nonce: string
  /** Files outside of Juju's directory that came with it. */
  readonly files: readonly string[]
  /** Whether the instances' user was made for it. */
  readonly madeUser: boolean
  /** As it lies there. */
  readonly text: string
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Reads a record; one that nobody here wrote is `unreadable`. */
export function readEnrolment(text: string): Enrolment | 'unreadable' {
  let record: Partial<Record<keyof Enrolment, unknown>> | null = null
  try {
    record = JSON.parse(text)
  } catch {
    // It is somebody's all the same.
  }
  const { tags, nonce, files, madeUser } = record ?? {}
  const isRecord =
    typeof tags === 'object' &&
    tags !== null &&
    Object.values(tags).every(isText) &&
    isText(nonce) &&
    Array.isArray(files) &&
    files.every(isText)
  if (!isRecord) return 'unreadable'
  return { tags: tags as Readonly<Record<string, string>>, nonce, files, madeUser: madeUser === true, text }
}

/** A record as it is to lie on a host. */
export function newEnrolment(content: Omit<Enrolment, 'text'>): Enrolment {
  return { ...content, text: `${JSON.stringify(content, null, 2)}\n` }
}

const sumOf = ({ text }: Enrolment): string => createHash('sha256').update(text).digest('hex')

/** Why a host that is somebody's cannot be taken. */
export function enrolledError(address: string, enrolment: Enrolment | 'unreadable'): ConflictError {
  const { tags } = enrolment === 'unreadable' ? { tags: {} as Enrolment['tags'] } : enrolment
  const whose =
    enrolment === 'unreadable'
      ? 'in a way that cannot be read'
      : `as machine ${tags[TAG_MACHINE]} of model ${tags[TAG_MODEL]}, controller ${tags[TAG_CONTROLLER]}`
  return new ConflictError(`host ${address} is enrolled already, ${whose}`, {
    resource: `host ${address}`,
    hint: 'stop that instance, or destroy that controller, or take another host',
  })
}

/** Why a host that has an agent without a record of it cannot be taken. */
export const hasAgentError = (address: string): ConflictError =>
  new ConflictError(`host ${address} has an agent that was not put there by enrolling it`, {
    resource: `host ${address}`,
    hint: 'it may be a machine of Juju; if it is not in use, remove /var/lib/juju and the jujud units',
  })

function refusal(address: string, code: number, said: string): EnvironsError | undefined {
  if (code === CLAIM_REFUSED.enrolled) {
    return new ConflictError(`host ${address} was enrolled by somebody else at this moment`, {
      resource: `host ${address}`,
    })
  }
  if (code === CLAIM_REFUSED.hasAgent) return hasAgentError(address)
  if (code !== CLAIM_REFUSED.hasFile) return undefined
  return new ConflictError(`host ${address} has a file ${said.trim()} already, which would be lost`, {
    resource: `host ${address}`,
    hint: 'move it away, or leave it out of cloudinit-userdata',
  })
}

/**
 * Takes a host. Of those who try at once one succeeds. Gives the error when it was certainly not taken; what is thrown
 * leaves that open.
 */
export async function claim(
  connected: ConnectedHost,
  enrolment: Enrolment,
  options: CallOptions,
): Promise<EnvironsError | undefined> {
  const { address } = connected.host
  const script = { what: 'enrolling the host', text: CLAIM, words: [sumOf(enrolment), ...enrolment.files] }
  const result = await connected.tryAsRoot(script, { ...options, input: enrolment.text })
  if (result.code === 0) return undefined
  return refusal(address, result.code, result.stderr) ?? new CommandError(script.what, address, result)
}

/** Gives a host back: the agent and all else that came with the enrolment goes, the record last. Twice is as good as once. */
export async function release(
  connected: ConnectedHost,
  enrolment: Enrolment,
  options: CallOptions,
): Promise<void> {
  const { files, madeUser } = enrolment
  const words = [sumOf(enrolment), INSTANCE_USER, madeUser ? 'yes' : 'no', ...files]
  await connected.runAsRoot(
    { what: 'cleaning the host', text: RELEASE, words },
    { ...options, timeout: RELEASE_MS },
  )
}
