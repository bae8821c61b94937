import { readFile } from 'node:fs/promises'
import { NotFoundError, NotValidError } from '../../environ/index.ts'
import type { Server, ServerService, ServerSsh } from '../../servers/index.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'
import type { ControllerOption } from './status.ts'

/** Runs `use` with the servers of a controller's model. */
export async function withServers<T>(
  context: Context,
  { controller }: ControllerOption,
  use: (servers: ServerService) => Promise<T>,
): Promise<T> {
  const environs = await context.environs()
  return await context.withController(controller, (environ) => use(environs.servers(environ)))
}

/** The server with that id or name. @throws NotFoundError, NotValidError when several have the name */
export async function serverNamed(
  servers: ServerService,
  text: string,
  { signal }: Context,
): Promise<Server> {
  const all = await servers.list({}, { signal })
  const found = all.filter(({ id, name }) => id === text || name === text)
  const [only] = found
  if (!only) {
    throw new NotFoundError(`server "${text}" not found`, {
      resource: `server "${text}"`,
      hint: 'list the servers with "environs server list"',
    })
  }
  if (found.length === 1) return only
  throw new NotValidError(`several servers have the name "${text}"`, {
    resource: `server "${text}"`,
    hint: `choose one by its id: ${found.map(({ id, network }) => `${id} (network ${network})`).join(', ')}`,
  })
}

/** Tags that were given as `key=value`. @throws NotValidError */
export function tagsOf(texts: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const at = text.indexOf('=')
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
      throw new NotValidError(`"${text}" is not a tag`, { hint: 'write key=value' })
    }),
  )
}

/** A file that the user names. @throws NotFoundError, NotValidError */
async function contentOf(file: string): Promise<Buffer> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const details = { cause: error, resource: file, hint: 'name a file that you can read' }
    if (error.code === 'ENOENT') throw new NotFoundError(`${file} not found`, details)
    throw new NotValidError(`${file} cannot be read: ${error.message}`, details)
  })
}

/** Servers as a table. */
function serverTable(servers: readonly Server[]): string {
  if (servers.length === 0) return 'No servers.'
  return table([
    ['ID', 'NAME', 'PHASE', 'HEALTH', 'NETWORK', 'ADDRESSES'],
    ...servers.map(({ id, name, status, network, addresses }) => [
      id,
      name,
      status.phase,
      status.health,
      network,
      addresses.map(({ value }) => value).join(' '),
    ]),
  ])
}

/** Options of `environs server create`. */
export interface CreateOptions extends ControllerOption {
  readonly network: string
  readonly image: string
  readonly flavor: string
  readonly userData?: string
  readonly publicIp?: boolean
  readonly securityGroup?: readonly string[]
  readonly allowSource?: readonly string[]
  readonly tag?: readonly string[]
  readonly sshCa?: string
  readonly sshKey?: boolean
}

/** How the server is to be got into; the key of an authority is kept with the network's project. */
async function sshOf(
  servers: ServerService,
  { sshCa, sshKey = false, network }: CreateOptions,
  { signal }: Context,
): Promise<ServerSsh> {
  if (sshCa === undefined) return { mode: sshKey ? 'keypair' : 'none' }
  if (sshKey)
    throw new NotValidError('--ssh-ca and --ssh-key exclude each other', { hint: 'give one of them' })
  const publicKey = (await contentOf(sshCa)).toString()
  const { id } = await servers.addAuthority(await servers.scopeOf(network, { signal }), publicKey)
  return { mode: 'ca', authorityId: id }
}

export async function create(context: Context, name: string, options: CreateOptions): Promise<void> {
  const { output, signal } = context
  const { network, image, flavor, userData, publicIp = false, securityGroup, allowSource } = options
  const tags = tagsOf(options.tag)
  const content = userData === undefined ? undefined : await contentOf(userData)
  await withServers(context, options, async (servers) => {
    const ssh = await sshOf(servers, options, context)
    output.say(`Making server "${name}"`)
    const server = await servers.create(
      {
        name,
        network,
        image,
        flavor,
        userData: content,
        publicIp,
        securityGroups: securityGroup,
        allowedSourceAddresses: allowSource,
        tags,
        ssh,
      },
      { signal },
    )
    output.result(server, serverTable([server]))
  })
}

/** Options of `environs server list`. */
export interface ListOptions extends ControllerOption {
  readonly network?: string
  readonly tag?: readonly string[]
}

export async function list(context: Context, options: ListOptions): Promise<void> {
  const { network, tag: tags } = options
  await withServers(context, options, async (service) => {
    const servers = await service.list({ network, tags }, { signal: context.signal })
    context.output.result({ servers }, serverTable(servers))
  })
}

export async function show(context: Context, name: string, options: ControllerOption): Promise<void> {
  await withServers(context, options, async (servers) => {
    const server = await serverNamed(servers, name, context)
    const {
      id,
      status,
      network,
      image,
      flavor,
      ssh,
      addresses,
      securityGroups,
      tags,
      instanceId = '',
    } = server
    const rows = [
      ['Server', `${server.name} (${id})`],
      ['Status', `${status.phase}, ${status.health}: ${status.message}`],
      ['Scope', [server.organization, server.project, server.region].join('/')],
      ['Network', network],
      ['Addresses', addresses.map(({ value }) => value).join(' ')],
      ['Security groups', securityGroups.join(' ')],
      ['Image', image],
      ['Flavor', flavor],
      ['SSH', ssh.mode === 'ca' ? `ca ${ssh.authorityId}` : ssh.mode],
      [
        'Tags',
        Object.entries(tags)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      ],
      ['Instance', instanceId],
    ]
    context.output.result(server, table(rows))
  })
}

export async function remove(context: Context, name: string, options: ControllerOption): Promise<void> {
  await withServers(context, options, async (servers) => {
    const server = await serverNamed(servers, name, context)
    await servers.delete(server.id, { signal: context.signal })
    context.output.result({ deleted: server.id }, `Server "${server.name}" is deleted`)
  })
}

export async function removeNetwork(
  context: Context,
  network: string,
  options: ControllerOption,
): Promise<void> {
  await withServers(context, options, async (servers) => {
    await servers.deleteNetwork(network, { signal: context.signal })
    context.output.result({ deleted: network }, `Network ${network} is deleted`)
  })
}
