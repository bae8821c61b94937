import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import {
  type AgentBinary,
  downloadAgent,
  EnvironsError,
  findAgents,
  generateAgentMetadata,
  NotFoundError,
  NotValidError,
  TimeoutError,
  UnavailableError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { serveTree } from '../simplestreams/served-tree.ts'
import { newAgent, newDirectory, sourceOf } from './served-agents.ts'

const content = Buffer.from('an agent, packed'.repeat(10_000))
const agentAt = (url: string, more: Partial<AgentBinary> = {}): AgentBinary => ({
  version: '3.6.1',
  os: 'ubuntu',
  arch: 'amd64',
  url,
  size: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  ...more,
})
const clock = { sleep: () => Promise.resolve() }

/** Downloads into a directory of its own; gives what is in it afterwards, whatever comes of it. */
async function downloaded(agent: AgentBinary, options: object = {}) {
  const directory = await newDirectory()
  const path = join(directory, 'agent.tar.gz')
  const error: unknown = await downloadAgent(agent, path, { clock, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { error, files: await readdir(directory), path }
}
async function served(answer: Buffer | RequestListener, requests: string[] = []) {
  return `${await serveTree({ 'agent.tar.gz': answer }, requests)}/agent.tar.gz`
}

describe('a download', () => {
  it('gives the file, readable by all, from a server and from a directory', async () => {
    const local = join(await newDirectory(), 'a')
    await writeFile(local, content)
    for (const url of [await served(content), `file://${local}`]) {
      const { error, files, path } = await downloaded(agentAt(url))
      expect(error).toBeUndefined()
      expect(files).toEqual(['agent.tar.gz'])
      expect((await readFile(path)).equals(content)).toBe(true)
      expect((await stat(path)).mode & 0o777).toBe(0o644)
    }
  })

  it('takes what was packed, published and found', async () => {
    const tree = await newDirectory()
    const { path: archive } = await newAgent(tree, '3.6.1')
    await generateAgentMetadata({ directory: tree, agents: [await newAgent(tree, '3.6.1')] })
    const [agent] = await findAgents([sourceOf(tree)], { version: '3.6.1' })
    const { path } = await downloaded(agent)
    expect((await readFile(path)).equals(await readFile(archive))).toBe(true)
  })

  it('is begun again from nothing when the connection breaks', async () => {
    const requests: string[] = []
    const flaky: RequestListener = (_, response) => {
      if (requests.length > 1) return response.end(content)
      response.writeHead(200, { 'content-length': content.length })
      return response.write(content.subarray(0, 1000), () => response.destroy())
    }
    const { error, path } = await downloaded(agentAt(await served(flaky, requests)))
    expect(error).toBeUndefined()
    expect((await readFile(path)).equals(content)).toBe(true)
    expect(requests).toHaveLength(2)
  })
})

describe('a download that fails is typed, asked for once, and leaves nothing:', () => {
  it.each([
    ['another checksum', content, { sha256: 'f'.repeat(64) }, /SHA-256 [0-9a-f]{64}, expected f{64}/],
    ['fewer bytes', content, { size: content.length + 1 }, /bytes, expected/],
    ['more bytes', content, { size: content.length - 1 }, /more than 159999 bytes/],
  ])('%s', async (_, answer, more, message) => {
    const requests: string[] = []
    const { error, files } = await downloaded(agentAt(await served(answer, requests), more))
    expect(error).toBeInstanceOf(NotValidError)
    expect((error as Error).message).toMatch(message)
    expect(files).toEqual([])
    expect(requests).toHaveLength(1)
  })

  it('bytes without end are not read on', async () => {
    let sent = 0
    const endless: RequestListener = (_, response) => {
      const more = (): void => {
        sent += content.length
        response.write(content, (error) => error ?? setImmediate(more))
      }
      more()
    }
    const { error, files } = await downloaded(agentAt(await served(endless)))
    expect(error).toBeInstanceOf(NotValidError)
    expect(files).toEqual([])
    expect(sent).toBeLessThan(100 * content.length)
  })

  it('nothing there', async () => {
    const base = await serveTree({})
    for (const url of [`${base}/x`, `file://${await newDirectory()}/x`]) {
      expect(await downloaded(agentAt(url))).toMatchObject({ error: expect.any(NotFoundError), files: [] })
    }
  })

  it('a server that keeps breaking off', async () => {
    const broken: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write('x', () => response.destroy())
    }
    const { error, files } = await downloaded(agentAt(await served(broken)))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(files).toEqual([])
  })

  it('silence, and a caller that leaves', async () => {
    const silent: RequestListener = (_, response) => void response.write('x')
    const agent = agentAt(await served(silent))
    expect(await downloaded(agent, { timeoutMs: 50 })).toMatchObject({
      error: expect.any(TimeoutError),
      files: [],
    })
    const reason = new Error('enough')
    const signal = AbortSignal.any([AbortSignal.timeout(50), AbortSignal.abort(reason)])
    expect(await downloaded(agent, { signal })).toMatchObject({ error: reason, files: [] })
  })

  it('no place to write to', async () => {
    const requests: string[] = []
    const agent = agentAt(await served(content, requests))
    const directory = await newDirectory()
    await mkdir(join(directory, 'taken', 'x'), { recursive: true })
    await writeFile(join(directory, 'file'), '')
    for (const path of ['missing/agent', 'file/agent', 'taken']) {
      await expect(downloadAgent(agent, join(directory, path), { clock })).rejects.toBeInstanceOf(
        EnvironsError,
      )
    }
    expect(await readdir(directory)).toEqual(['file', 'taken'])
    expect(requests).toHaveLength(3)
  })
})
