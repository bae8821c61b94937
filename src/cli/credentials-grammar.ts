import type { Command } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

const SHOW_SECRETS = ['--show-secrets', 'show what is masked otherwise'] as const

/** What a credential is described with. */
const described = (command: Command): Command =>
  command
    .option('--auth-type <name>', 'kind of credential (default: the only one that the cloud takes)')
    .option('--attribute <name=value>', 'an attribute that is no secret; may be repeated', collect)
    .option('--env <name=VARIABLE>', 'an attribute whose value is in a variable; may be repeated', collect)
    .option('--file <file>', "a file in the format of Juju's credentials.yaml; - is standard input")
    .addHelpText('after', '\nWhat is not given is asked for at a terminal.')

/** The grammar of the commands for credentials. */
export function addCredentials(root: Command, run: Run): void {
  root
    .command('credentials')
    .description('list credentials; secrets are masked')
    .argument('[cloud]', 'of this cloud only')
    .option(...SHOW_SECRETS)
    .action((cloud: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/credentials.ts')).credentials(context, cloud, options),
      ),
    )

  root
    .command('show-credential')
    .description('show a credential; secrets are masked')
    .argument('<cloud>', 'name of the cloud')
    .argument('<credential>', 'its name')
    .option(...SHOW_SECRETS)
    .action((cloud: string, name: string, options) =>
      run(async (context) =>
        (await import('./commands/credentials.ts')).showCredential(context, cloud, name, options),
      ),
    )

  described(root.command('add-credential'))
    .description(
      'add a credential for a cloud; no secret is taken from the command line, which everybody sees',
    )
    .argument('<cloud>', 'name of the cloud')
    .argument('[credential]', 'its name; with --file: only this one of it')
    .action((cloud: string, name: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/add-credential.ts')).addCredential(context, cloud, name, options),
      ),
    )

  described(root.command('update-credential'))
    .description('change a credential that was added: the attributes that are given, or all of it')
    .argument('<cloud>', 'name of the cloud')
    .argument('<credential>', 'its name')
    .action((cloud: string, name: string, options) =>
      run(async (context) =>
        (await import('./commands/add-credential.ts')).updateCredential(context, cloud, name, options),
      ),
    )

  root
    .command('remove-credential')
    .description('remove a credential that was added')
    .argument('<cloud>', 'name of the cloud')
    .argument('<credential>', 'its name')
    .action((cloud: string, name: string) =>
      run(async (context) =>
        (await import('./commands/credentials.ts')).removeCredential(context, cloud, name),
      ),
    )

  root
    .command('default-credential')
    .description('set the credential that is used when none is named, or show it')
    .argument('<cloud>', 'name of the cloud')
    .argument('[credential]', 'one of those that were added')
    .option('--reset', 'none')
    .action((cloud: string, name: string | undefined, options) =>
      run(async (context) =>
        (await import('./commands/credentials.ts')).defaultCredential(context, cloud, name, options),
      ),
    )

  root
    .command('autoload-credentials')
    .description(
      'keep clouds that are found, and their credentials, as if they had been added; nothing that was added is replaced',
    )
    .argument('[cloud...]', 'only these')
    .action((names: string[]) =>
      run(async (context) => (await import('./commands/credentials.ts')).autoloadCredentials(context, names)),
    )
}
