import { type Command, Option } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

const lookup = (command: Command): Command =>
  command
    .option('--agent-version <version>', '3.6.1, or 3.6 for all that begin so')
    .option('--os <name>', 'operating system: ubuntu')
    .option('--arch <name...>', 'architecture: amd64')
    .option('--stream <name...>', 'stream; several are asked in their order (default: released)')
    .option('--source <place...>', 'an http, https or file address, or an absolute directory')
    .option('--public-key <file>', 'of whoever signs the sources: then only what is signed counts')
    .addOption(
      new Option('-c, --controller <name>', 'look where its model looks, instead').conflicts('source'),
    )

/** The grammar of `environs agents`. */
export function addAgents(root: Command, run: Run): void {
  const agents = root.command('agents').description('agent binaries: pack, publish, look up')

  agents
    .command('pack')
    .description('make an archive, with a manifest beside it, of what was built')
    .argument('<directory>', 'what was built')
    .requiredOption('--agent-version <version>', '3.6.1.1: builds of your own have a fourth number')
    .requiredOption('--arch <name>', 'architecture that it was built for: amd64')
    .option('--os <name>', 'operating system that it was built for', 'ubuntu')
    .option('--into <directory>', 'where the archive goes', '.')
    .action((directory: string, options) =>
      run(async (context) => (await import('./commands/agents.ts')).pack(context, directory, options)),
    )

  agents
    .command('generate')
    .description('write metadata of packed agents into DIRECTORY/tools, in which they are')
    .argument('<directory>', 'what is served, or is named by agent-metadata-url as DIRECTORY/tools')
    .argument('[archive...]', 'packed agents (default: all in DIRECTORY/tools)')
    .option('--stream <name>', 'stream that they are published in', 'released')
    .option(
      '--private-key <file>',
      'signs the metadata: an armoured key; $ENVIRONS_KEY_PASSPHRASE unlocks it',
    )
    .action((directory: string, archives: string[], options) =>
      run(async (context) =>
        (await import('./commands/agents.ts')).generate(context, directory, archives, options),
      ),
    )

  lookup(agents.command('find'))
    .description('list agents that sources have, newest first')
    .action((options) =>
      run(async (context) => (await import('./commands/agents.ts')).find(context, options)),
    )

  lookup(agents.command('validate'))
    .description('download agents that sources have, and check that each is what its metadata says')
    .action((options) =>
      run(async (context) => (await import('./commands/agents.ts')).validate(context, options)),
    )
}
