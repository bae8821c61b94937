import type { Command } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

/** What a cloud is described with. */
const described = (command: Command): Command =>
  command
    .argument('<cloud>', 'its name')
    .argument('[file]', "a file in the format of Juju's clouds.yaml; - is standard input")
    .option('--type <type>', 'type of its provider: openstack')
    .option('--endpoint <url>', 'where it answers')
    .option('--region <name>', 'a region; may be repeated, and the first one is the default', collect)
    .option(
      '--auth-type <name>',
      "kind of credential that it takes; may be repeated (default: its type's)",
      collect,
    )
    .option('--ca-certificate <file>', 'PEM file of the authority to trust for it')
    .option('--no-ping', 'do not ask whether there is such a cloud')

/** The grammar of the commands for clouds. */
export function addClouds(root: Command, run: Run): void {
  root
    .command('clouds')
    .description(
      'list the clouds: those that were added, and those that are found where their own tools keep them',
    )
    .action(() => run(async (context) => (await import('./commands/clouds.ts')).clouds(context)))

  root
    .command('show-cloud')
    .description('show a cloud, its regions and what is configured for models on it')
    .argument('<cloud>', 'its name')
    .action((name: string) =>
      run(async (context) => (await import('./commands/clouds.ts')).showCloud(context, name)),
    )

  described(root.command('add-cloud'))
    .description('add a cloud, from a file or from options')
    .action((name: string, file: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/add-cloud.ts')).addCloud(context, name, file, options),
      ),
    )

  described(root.command('update-cloud'))
    .description('change a cloud that was added: to what a file says, or what the options name')
    .action((name: string, file: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/add-cloud.ts')).updateCloud(context, name, file, options),
      ),
    )

  root
    .command('remove-cloud')
    .description('remove a cloud that was added; its credentials stay')
    .argument('<cloud>', 'its name')
    .action((name: string) =>
      run(async (context) => (await import('./commands/clouds.ts')).removeCloud(context, name)),
    )

  root
    .command('default-region')
    .description('set the region that is used when none is named, or show it')
    .argument('<cloud>', 'name of the cloud')
    .argument('[region]', 'one of its regions')
    .option('--reset', "its first region, or its credential's")
    .action((name: string, region: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/clouds.ts')).defaultRegion(context, name, region, options),
      ),
    )
}
