import type { Command } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

/** The grammar of `environs server`. */
export function addServers(root: Command, run: Run): void {
  const group = root.command('server').description("servers on networks of a controller's cloud")
  const server = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('-c, --controller <name>', 'the controller (default: the only one)')
  const named = (name: string, description: string): Command =>
    server(name, description).argument('<server>', 'id of a server, or its name when no other has it')
  const commands = () => import('./commands/server.ts')
  const operations = () => import('./commands/server-operations.ts')

  server('create', 'make a server, and wait until it runs')
    .argument('<name>', 'its name, and host name: unique on its network')
    .requiredOption('--network <id>', 'the network that it is on')
    .requiredOption('--image <id>', 'the image that it is made of')
    .requiredOption('--flavor <id>', 'the instance type')
    .option('--user-data <file>', 'something that cloud-init reads')
    .option('--public-ip', 'give it an address from outside')
    .option('--security-group <id>', 'let it have this group; may be repeated', collect)
    .option('--allow-source <cidr>', 'let it send from these addresses, too; may be repeated', collect)
    .option('--tag <key=value>', 'may be repeated', collect)
    .option('--ssh-ca <file>', 'trust the certificates that this public key signs')
    .option('--ssh-key', 'let the key of the model in: see "server ssh-key"')
    .action((name: string, options) =>
      run(async (context) => (await commands()).create(context, name, options)),
    )

  server('list', 'list the servers')
    .option('--network <id>', 'of this network only')
    .option('--tag <key=value>', 'with this tag only; may be repeated', collect)
    .action((options) => run(async (context) => (await commands()).list(context, options)))

  named('show', 'show a server').action((name: string, options) =>
    run(async (context) => (await commands()).show(context, name, options)),
  )

  named('delete', 'remove a server, and all that was made for it').action((name: string, options) =>
    run(async (context) => (await commands()).remove(context, name, options)),
  )

  server('delete-network', 'remove a network, and the servers on it first')
    .argument('<network>', 'id of a network on which nothing else is')
    .action((network: string, options) =>
      run(async (context) => (await commands()).removeNetwork(context, network, options)),
    )

  named('start', 'turn a server on').action((name: string, options) =>
    run(async (context) => (await operations()).start(context, name, options)),
  )

  named('stop', 'turn a server off').action((name: string, options) =>
    run(async (context) => (await operations()).stop(context, name, options)),
  )

  named('reboot', 'restart a server')
    .option('--hard', 'turn the power off and on, without asking the guest')
    .action((name: string, options) =>
      run(async (context) => (await operations()).reboot(context, name, options)),
    )

  named('console', 'show what a server wrote to its console')
    .option('-n, --lines <count>', 'only the last lines')
    .option('--url', 'open a console instead, and show its address')
    .action((name: string, options) =>
      run(async (context) => (await operations()).console(context, name, options)),
    )

  named('snapshot', 'begin an image of a server')
    .argument('<name>', 'name of the image')
    .option('--tag <key=value>', 'may be repeated', collect)
    .option('--publish', 'let everybody on the cloud use it')
    .action((name: string, image: string, options) =>
      run(async (context) => (await operations()).snapshot(context, name, image, options)),
    )

  named('ssh-key', 'show the private key that opens a server').action((name: string, options) =>
    run(async (context) => (await operations()).sshKey(context, name, options)),
  )
}
