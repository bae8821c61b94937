import { Command, Option } from 'commander'
import { addAgents } from './agents-grammar.ts'
import { addClouds } from './clouds-grammar.ts'
import type { Context } from './context.ts'
import { addCredentials } from './credentials-grammar.ts'
import { EXIT_CODE_HELP } from './exit-code.ts'
import { addImages } from './images-grammar.ts'
import { addJobs, asJob } from './jobs-grammar.ts'
import type { OutputOptions } from './output.ts'
import { addServers } from './servers-grammar.ts'

/** Options of every command. */
export interface GlobalOptions extends OutputOptions {
  readonly dataDir?: string
  readonly database?: string
}

/** Runs a command with its context. */
export type Execute = (options: GlobalOptions, command: (context: Context) => Promise<void>) => Promise<void>

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

/** The grammar of the command. What a command does is loaded when it runs. */
export function program(version: string, execute: Execute): Command {
  const root = new Command('environs')
    .description('Start machines on any cloud, and bootstrap controllers.')
    .version(version)
    .option('--json', 'one JSON document on standard output; progress as JSON lines on standard error')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'more progress, and the causes of errors')
    .option(
      '--data-dir <directory>',
      'where controllers are remembered (default: $ENVIRONS_DATA or the XDG data directory)',
    )
    .option(
      '--database <url>',
      'PostgreSQL to keep jobs and controllers in (default: $ENVIRONS_DATABASE, else files); give no password here, where others see it: the variable and $PGPASSWORD are there for it',
    )
    .addHelpText('after', EXIT_CODE_HELP)
    // The caller tells what is wrong with the usage, in one line.
    .configureOutput({ outputError: () => undefined })

  const run = (command: (context: Context) => Promise<void>): Promise<void> =>
    execute(root.opts<GlobalOptions>(), command)
  const onController = (command: Command): Command =>
    command.option('-c, --controller <name>', 'the controller (default: the only one)')
  const machine = (command: Command): Command =>
    command
      .option('--constraints <text>', 'what is wanted: "cores=2 mem=4G arch=amd64"')
      .option('--base <base>', 'operating system: ubuntu@24.04')
      .option('--to <placement>', 'where: zone=NAME')

  asJob(machine(root.command('bootstrap')))
    .description('make a controller on a cloud')
    .argument('[cloud]', 'CLOUD or CLOUD/REGION (default: the only cloud, or the one that OS_CLOUD names)')
    .argument('[controller]', 'name of the controller (default: from cloud and region)')
    .option('--credential <name>', "name of the credential (default: the cloud's)")
    .option('--config <name=value>', "an attribute of the model's configuration; may be repeated", collect)
    .option(
      '--controller-config <name=value>',
      "of the controller's: api-port=17070; may be repeated",
      collect,
    )
    .option('--bootstrap-constraints <text>', 'what is wanted of the controller instance only')
    .option(
      '--bootstrap-image <id>',
      'image of the controller; --base and the constraint arch say what is in it',
    )
    .option('--agent-version <version>', 'of the controller: 3.6.1, or 3.6 for the newest of them')
    .option('--agent-build <archive>', 'a packed agent to run instead; may be repeated', collect)
    .option('--metadata-source <place>', 'a directory or an address with image metadata in "images"')
    .option('--no-agent', 'start the instance, and install nothing on it')
    .addOption(
      new Option('--dry-run', 'show what would be made, and why; make nothing').conflicts([
        'resume',
        'keepBroken',
      ]),
    )
    .option('--keep-broken', 'leave what was made when it fails')
    .option('--resume', 'finish a bootstrap that was interrupted: the only argument is its controller')
    .action((cloud: string | undefined, controller: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/bootstrap.ts')).bootstrap(context, cloud, controller, options),
      ),
    )

  onController(root.command('status'))
    .description('show a controller and what its cloud has of it')
    .action((options) =>
      run(async (context) => (await import('./commands/status.ts')).status(context, options)),
    )

  onController(root.command('instances'))
    .description("list the instances of a controller's model")
    .action((options) =>
      run(async (context) => (await import('./commands/status.ts')).instances(context, options)),
    )

  asJob(onController(machine(root.command('start'))))
    .description("start machines in a controller's model")
    .option('-n, --number <count>', 'how many', '1')
    .action((options) =>
      run(async (context) => (await import('./commands/start.ts')).start(context, options)),
    )

  asJob(onController(root.command('stop')))
    .description('stop instances')
    .argument('<instance...>', 'ids of instances')
    .action((ids: string[], options) =>
      run(async (context) => (await import('./commands/stop.ts')).stop(context, ids, options)),
    )

  onController(root.command('ssh'))
    .description(
      "log in to a controller's machine, with the host key that it was given; or run a command there",
    )
    .argument('[command...]', 'run this, after "--", and end with its exit code')
    .action((command: string[], options) =>
      run(async (context) => (await import('./commands/ssh.ts')).ssh(context, command, options)),
    )

  onController(root.command('console'))
    .description('show what an instance wrote to its console')
    .argument('[instance]', "id of an instance (default: the controller's)")
    .option('-n, --lines <count>', 'only the last lines')
    .action((instance: string | undefined, options) =>
      run(async (context) => (await import('./commands/console.ts')).console(context, instance, options)),
    )

  root
    .command('dial', { hidden: true })
    .description('connect standard input and output to a machine: for the ProxyCommand of ssh')
    .argument('<host>')
    .argument('<port>')
    .action((host: string, port: string) =>
      run(async (context) => (await import('./commands/ssh.ts')).dial(context, host, port)),
    )

  onController(root.command('gc'))
    .description("remove what carries a controller's tags and no machine owns: what a killed command left")
    .option('--dry-run', 'list it, and remove nothing')
    .action((options) => run(async (context) => (await import('./commands/gc.ts')).gc(context, options)))

  onController(root.command('open-ports'))
    .description('open ports of an instance, or of the model in firewall mode global')
    .argument('<port...>', '80/tcp, 8000-8100/udp, icmp')
    .option('--instance <id>', 'of this instance (firewall mode instance)')
    .option('--from <cidr>', 'for these addresses only; may be repeated', collect)
    .action((ports: string[], options) =>
      run(async (context) => (await import('./commands/open-ports.ts')).openPorts(context, ports, options)),
    )

  asJob(root.command('destroy'))
    .description('remove a controller, all of its models and their machines')
    .argument('<controller>', 'name of the controller')
    .option('-y, --yes', 'do not ask')
    .action((name: string, options) =>
      run(async (context) => (await import('./commands/destroy.ts')).destroy(context, name, options)),
    )

  root
    .command('explain')
    .description('why an instance type and an image would be chosen, and the others not; makes nothing')
    .argument('[cloud]', 'CLOUD or CLOUD/REGION (default: the only cloud, or the one that OS_CLOUD names)')
    .option('--credential <name>', "name of the credential (default: the cloud's)")
    .option('--constraints <text>', 'what is wanted: "cores=2 mem=4G arch=amd64"')
    .option('--base <base>', 'operating system: ubuntu@24.04')
    .action((cloud: string | undefined, options) =>
      run(async (context) => (await import('./commands/explain.ts')).explain(context, cloud, options)),
    )

  addClouds(root, run)
  addCredentials(root, run)
  addAgents(root, run)
  addImages(root, run)
  addServers(root, run)
  addJobs(root, run)

  root
    .command('providers')
    .description('list the provider plug-ins; ENVIRONS_PROVIDERS names more packages')
    .action(() => run(async (context) => (await import('./commands/providers.ts')).providers(context)))

  root
    .command('new-provider')
    .description('write a package to begin a provider with: its conformance tests say what is left to do')
    .argument('<type>', 'kind of cloud: my-cloud')
    .option('--dir <directory>', 'where (default: environs-TYPE)')
    .action((type: string, options) =>
      run(async (context) =>
        (await import('./commands/new-provider.ts')).newProvider(context, type, options),
      ),
    )

  root
    .command('embedded')
    .description('a cloud in this process, for trials')
    .command('up')
    .description('start one on loopback, until it is interrupted')
    .option('--provider <type>', 'kind of cloud', 'openstack')
    .option('--port <number>', 'TCP port (default: any)')
    .option('--dir <directory>', 'where its configuration is written (default: a temporary directory)')
    .action((options) =>
      run(async (context) => (await import('./commands/embedded.ts')).embeddedUp(context, options)),
    )

  return root
}
