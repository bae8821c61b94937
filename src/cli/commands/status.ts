import { findError, UntrustedError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { instanceTable, showInstances } from '../instance-table.ts'
import { table } from '../output.ts'

/** Which controller. */
export interface ControllerOption {
  readonly controller?: string
}

/** What the controller's own agent says, or why it says nothing. */
async function agentState(context: Context, name: string): Promise<Record<string, string>> {
  try {
    await using controller = await (await context.environs()).connectController(name, {
      signal: context.signal,
    })
    const { version, started } = await controller.controller({ signal: context.signal })
    return { state: 'answers', address: controller.address, version, started }
  } catch (error) {
    context.signal.throwIfAborted()
    if (findError(error, UntrustedError)) throw error
    return { state: 'does not answer', reason: error instanceof Error ? error.message : String(error) }
  }
}

export async function status(context: Context, { controller }: ControllerOption): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ, name) => {
    const environs = await context.environs()
    const details = await environs.controllers.get(name)
    const { uuid, status: state, cloud, apiEndpoints } = details
    const hasAgent = details.controllerConfig['ca-cert'] !== undefined && state === 'ready'
    const [instances, agent] = await Promise.all([
      environ.allInstances({ signal }).then((all) => showInstances(all, signal)),
      hasAgent ? agentState(context, name) : undefined,
    ])
    const head = table([
      ['Controller', name],
      ['UUID', uuid],
      ['Cloud', [cloud.name, cloud.region].filter(Boolean).join('/')],
      ['Status', state],
      ['API', apiEndpoints.join(' ')],
      ['Agent', agent ? [agent['state'], agent['version'] ?? agent['reason']].join(', ') : 'none'],
    ])
    output.result(
      {
        controller: name,
        uuid,
        status: state,
        cloud: cloud.name,
        region: cloud.region,
        'api-endpoints': apiEndpoints,
        agent,
        instances,
      },
      `${head}\n\n${instanceTable(instances)}`,
    )
  })
}

export async function instances(context: Context, { controller }: ControllerOption): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ) => {
    const shown = await showInstances(await environ.allInstances({ signal }), signal)
    output.result({ instances: shown }, instanceTable(shown))
  })
}
