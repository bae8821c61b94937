import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AgentBinary } from '../environ/agents.ts'
import { EnvironsError, NotFoundError, NotValidError, UnavailableError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { UrlOptions } from '../simplestreams/index.ts'

/** How an agent binary is reached. */
export interface DownloadAgentOptions extends CallOptions, Pick<UrlOptions, 'dispatcher' | 'clock'> {
  /** Milliseconds that it may take, tries included. Default 600,000 (10 minutes). */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 600_000

/** Anybody may read what anybody may download. */
const MODE = 0o644

/** Passes on what the agent is announced to be, and fails before it passes on more. */
async function* checked(body: AsyncIterable<Uint8Array>, { url, size, sha256 }: AgentBinary) {
  const mismatch = (what: string) =>
    new NotValidError(`${url} is not the agent that its metadata describes: ${what}`, {
      resource: url,
      hint: 'the metadata is out of date, or the file was tampered with: do not use it',
    })
  const hash = createHash('sha256')
  let seen = 0
  for await (const chunk of body) {
    seen += chunk.length
    if (seen > size) throw mismatch(`more than ${size} bytes`)
    hash.update(chunk)
    yield chunk
  }
  if (seen < size) throw mismatch(`${seen} bytes, expected ${size}`)
  const actual = hash.digest('hex')
  if (actual !== sha256.toLowerCase()) throw mismatch(`SHA-256 ${actual}, expected ${sha256}`)
}

/** A failure to write is not cured by downloading again. */
async function written<T>(path: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing
  } catch (error) {
    throw new EnvironsError(`${path} cannot be written`, { cause: error, resource: path })
  }
}

async function write(agent: AgentBinary, body: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  await using file = await written(path, open(path, 'w', 0o600))
  for await (const chunk of checked(body, agent)) await written(path, file.writeFile(chunk))
}

/** Opened when it is first read: a stream that fails before somebody reads it ends the process. */
async function* bytesOf(url: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  yield* createReadStream(fileURLToPath(url), signal ? { signal } : {})
}

async function writeLocal(agent: AgentBinary, path: string, signal?: AbortSignal): Promise<void> {
  try {
    await write(agent, bytesOf(agent.url, signal), path)
  } catch (error) {
    if (error instanceof EnvironsError) throw error
    signal?.throwIfAborted()
    const details = { cause: error, resource: agent.url }
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new NotFoundError(`${agent.url} does not exist`, details)
      : new UnavailableError(`${agent.url} cannot be read`, details)
  }
}

/**
 * Downloads an agent binary to a file, which exists only when it is whole and has the size and the SHA-256 that were
 * announced; one that is there is replaced. Never writes more bytes than announced.
 * @throws NotValidError when it is another one; otherwise EnvironsError of the kind that the failure is
 */
export async function downloadAgent(
  agent: AgentBinary,
  path: string,
  { signal, ...options }: DownloadAgentOptions = {},
): Promise<void> {
  signal?.throwIfAborted()
  const partial = `${path}.${randomUUID()}.partial`
  try {
    if (agent.url.startsWith('file:')) await writeLocal(agent, partial, signal)
    else {
      const { readUrl } = await import('../simplestreams/download.ts')
      const read = ({ body }: { readonly body: AsyncIterable<Uint8Array> }) => write(agent, body, partial)
      await readUrl(agent.url, { timeoutMs: TIMEOUT_MS, ...options }, { encoding: 'identity', read }, signal)
    }
    await written(path, chmod(partial, MODE))
    await written(path, rename(partial, path))
  } finally {
    await rm(partial, { force: true }).catch(() => undefined)
  }
}
