import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type PackedAgent, packAgent, readPackedAgent } from '../agents/index.ts'
import { buildAgent, builtAt } from '../controller/build.ts'
import { type CallOptions, NotSupportedError } from '../environ/index.ts'

const DAY_MS = 24 * 3_600_000

/** Node's names of architectures, in Juju's words. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
}

/** Where an agent is built, and what it takes along. */
export interface ReferenceAgentOptions {
  readonly cacheDir: string
  /** Packages of provider plug-ins besides the default ones. */
  readonly providers: readonly string[]
}

/**
 * The agent that comes with this package, packed with the Node of this process: for machines of its architecture, and of
 * its system (Linux, unless they are simulated). It is packed once for each build, into `agents` of the cache directory.
 * @throws NotSupportedError for an architecture that nobody has a name for
 */
export async function referenceAgent(
  { cacheDir, providers }: ReferenceAgentOptions,
  os: string,
  { signal }: CallOptions = {},
): Promise<PackedAgent> {
  const arch = ARCHITECTURES[process.arch]
  if (arch === undefined) {
    throw new NotSupportedError(`there is no controller agent for ${process.arch}`, {
      hint: 'pack one with "environs agents pack" and give it with --agent-build, or ask for no agent',
    })
  }
  const { version, stamp } = await builtAt()
  const what = [stamp, process.version, ...providers].join(' ')
  const all = join(cacheDir, 'agents')
  const into = join(all, createHash('sha256').update(what).digest('hex').slice(0, 16))
  const archive = join(into, `juju-${version}-${os}-${arch}.tar.gz`)
  const earlier = await readPackedAgent(archive).catch(() => undefined)
  if (earlier) return earlier
  await mkdir(all, { recursive: true, mode: 0o700 })
  await removeOld(all)
  const directory = await mkdtemp(join(all, 'build-'))
  try {
    await buildAgent(directory, providers)
    return await packAgent({ directory, into, version, os, arch }, { signal })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Other builds are forgotten after a day: each is as large as a Node. */
async function removeOld(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true })
  }
}
