import type { Context } from '../context.ts'
import { lineCount } from './console.ts'
import { serverNamed, tagsOf, withServers } from './server.ts'
import type { ControllerOption } from './status.ts'

export async function start(context: Context, name: string, options: ControllerOption): Promise<void> {
  await withServers(context, options, async (servers) => {
    const { id, name: known } = await serverNamed(servers, name, context)
    await servers.start(id, { signal: context.signal })
    context.output.result({ started: id }, `Server "${known}" runs`)
  })
}

export async function stop(context: Context, name: string, options: ControllerOption): Promise<void> {
  await withServers(context, options, async (servers) => {
    const { id, name: known } = await serverNamed(servers, name, context)
    await servers.stop(id, { signal: context.signal })
    context.output.result({ stopped: id }, `Server "${known}" is off`)
  })
}

/** Options of `environs server reboot`. */
export interface RebootOptions extends ControllerOption {
  readonly hard?: boolean
}

export async function reboot(context: Context, name: string, options: RebootOptions): Promise<void> {
  const { hard = false } = options
  await withServers(context, options, async (servers) => {
    const { id, name: known } = await serverNamed(servers, name, context)
    await servers.reboot(id, { hard, signal: context.signal })
    context.output.result({ rebooted: id }, `Server "${known}" runs again`)
  })
}

/** Options of `environs server console`. */
export interface ConsoleOptions extends ControllerOption {
  readonly lines?: string
  readonly url?: boolean
}

export async function console(context: Context, name: string, options: ConsoleOptions): Promise<void> {
  const { output, signal } = context
  const lines = options.lines === undefined ? undefined : lineCount(options.lines)
  await withServers(context, options, async (servers) => {
    const { id } = await serverNamed(servers, name, context)
    if (options.url) {
      const { url, protocol } = await servers.consoleSession(id, { signal })
      output.result({ server: id, url, protocol }, url)
      return
    }
    const text = await servers.consoleOutput(id, { lines, signal })
    output.result({ server: id, output: text }, text)
  })
}

/** Options of `environs server snapshot`. */
export interface SnapshotOptions extends ControllerOption {
  readonly tag?: readonly string[]
  readonly publish?: boolean
}

export async function snapshot(
  context: Context,
  name: string,
  image: string,
  options: SnapshotOptions,
): Promise<void> {
  const { publish = false } = options
  const tags = tagsOf(options.tag)
  await withServers(context, options, async (servers) => {
    const { id } = await serverNamed(servers, name, context)
    const made = await servers.snapshot(id, { name: image, tags, publish }, { signal: context.signal })
    context.output.result(made, `Image ${made.id} "${made.name}" is ${made.state}`)
  })
}

export async function sshKey(context: Context, name: string, options: ControllerOption): Promise<void> {
  await withServers(context, options, async (servers) => {
    const { id } = await serverNamed(servers, name, context)
    const { privateKey, publicKey } = await servers.sshKey(id, { signal: context.signal })
    // The one thing that this command is for.
    const text = privateKey.reveal()
    context.output.result({ server: id, publicKey, privateKey: text }, text.trimEnd())
  })
}
