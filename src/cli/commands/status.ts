import type { Context } from '../context.ts'
import { instanceTable, showInstances } from '../instance-table.ts'
import { table } from '../output.ts'

/** Which controller. */
export interface ControllerOption {
  readonly controller?: string
}

export async function status(context: Context, { controller }: ControllerOption): Promise<void> {
  const { output, signal } = context
  await context.withController(controller, async (environ, name) => {
    const { uuid, status, cloud, apiEndpoints } = await (await context.environs()).controllers.get(name)
    const instances = await showInstances(await environ.allInstances({ signal }), signal)
    const head = table([
      ['Controller', name],
      ['UUID', uuid],
      ['Cloud', [cloud.name, cloud.region].filter(Boolean).join('/')],
      ['Status', status],
      ['API', apiEndpoints.join(' ')],
    ])
    output.result(
      {
        controller: name,
        uuid,
        status,
        cloud: cloud.name,
        region: cloud.region,
        'api-endpoints': apiEndpoints,
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
