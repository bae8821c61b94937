import { isAbsolute, join, relative, sep } from 'node:path'
import { AlreadyExistsError, NotValidError } from '../environ/errors.ts'
import {
  existingDocument,
  itemsOf,
  type JsonObject,
  type SigningKey,
  updatedText,
  writeProducts,
} from '../simplestreams/index.ts'
import type { PackedAgent } from './manifest.ts'
import {
  agentContentId,
  type AgentMetadata,
  agentOfItem,
  agentProductId,
  CONTENT_DOWNLOAD,
} from './product.ts'
import { RELEASED } from './streams.ts'

/** What is written, and where. */
export interface GenerateAgentsParams {
  /** The documents go to `tools/streams/v1` in it; the archives are somewhere in `tools`. */
  readonly directory: string
  /** Added to what is there. */
  readonly agents: readonly PackedAgent[]
  /** Default `released`. */
  readonly stream?: string
  /** Signs the documents too. */
  readonly signing?: SigningKey
  /** Default: now. */
  readonly updated?: Date
}

/** An agent in its place in the document. */
interface Entry {
  readonly day: string
  readonly agent: AgentMetadata
}

const nameOf = ({ version, os, arch }: AgentMetadata): string => `${version}-${os}-${arch}`

function entriesOf(products: JsonObject): Entry[] {
  return [...itemsOf(products, () => true)].flatMap((item) => {
    const agent = agentOfItem(item)
    return agent ? [{ day: item.version, agent }] : []
  })
}

function pathBelow(root: string, { path }: PackedAgent): string {
  const name = relative(root, path)
  if (!isAbsolute(name) && name.split(sep)[0] !== '..') return name.split(sep).join('/')
  throw new NotValidError(`${path} is not in ${root}`, {
    resource: path,
    hint: `pack it into a directory of ${root}`,
  })
}

/** A version that machines may run already never becomes another one. */
function merged(old: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const agents = new Map(old.toReversed().map((entry) => [nameOf(entry.agent), entry]))
  for (const entry of added) {
    const name = nameOf(entry.agent)
    const known = agents.get(name)?.agent
    if (known && (known.sha256 !== entry.agent.sha256 || known.size !== entry.agent.size)) {
      throw new AlreadyExistsError(`there is another agent ${name} in the metadata`, {
        resource: `agent ${name}`,
        hint: 'give the build a version of its own: 3.6.1.1, then 3.6.1.2',
      })
    }
    agents.set(name, entry)
  }
  return [...agents.values()].sort((a, b) => (nameOf(a.agent) < nameOf(b.agent) ? -1 : 1))
}

/** In a map, where `__proto__` is a name like any other. */
function grouped(
  entries: readonly Entry[],
  name: (entry: Entry) => string,
): readonly (readonly [string, Entry[]])[] {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) groups.set(name(entry), [...(groups.get(name(entry)) ?? []), entry])
  return [...groups]
}

const itemOf = ({ os: release, ...agent }: AgentMetadata): JsonObject => ({
  release,
  ...agent,
  ftype: 'tar.gz',
})

const versionsOf = (entries: readonly Entry[]): JsonObject =>
  Object.fromEntries(
    grouped(entries, ({ day }) => day).map(([day, all]) => [
      day,
      { items: Object.fromEntries(all.map(({ agent }) => [nameOf(agent), itemOf(agent)])) },
    ]),
  )

/**
 * Writes metadata of agent binaries, merged with what is there; other streams and mirrors stay as they are.
 * @returns the files that were written
 * @throws NotValidError when an archive is elsewhere, or what is there cannot be added to; AlreadyExistsError when the
 *   metadata has another binary of that version, system and architecture
 */
export async function generateAgentMetadata(params: GenerateAgentsParams): Promise<readonly string[]> {
  const { directory, agents, stream = RELEASED, signing, updated = new Date() } = params
  const root = join(directory, 'tools')
  const contentId = agentContentId(stream)
  const name = `streams/v1/com.ubuntu.juju-${stream}-agents`
  const day = updated.toISOString().slice(0, 10).replaceAll('-', '')
  const added = agents.map((agent) => {
    const { version, os, arch, sha256, size } = agent
    return { day, agent: { version, os, arch, sha256, size, path: pathBelow(root, agent) } }
  })
  const entries = merged(entriesOf(await existingDocument(join(root, `${name}.json`), 'products:1.0')), added)
  const products = grouped(entries, ({ agent }) => agentProductId(agent))
  return await writeProducts({
    root,
    name,
    contentId,
    products: {
      format: 'products:1.0',
      content_id: contentId,
      datatype: CONTENT_DOWNLOAD,
      updated: updatedText(updated),
      products: Object.fromEntries(products.map(([id, all]) => [id, { versions: versionsOf(all) }])),
    },
    entry: { datatype: CONTENT_DOWNLOAD, products: products.map(([id]) => id) },
    updated,
    ...(signing ? { signing } : {}),
  })
}
