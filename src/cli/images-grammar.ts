import type { Command } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

/** The grammar of `environs images`. */
export function addImages(root: Command, run: Run): void {
  const images = root.command('images').description('metadata of images: write, look up, check')

  images
    .command('generate')
    .description('write metadata of images into DIRECTORY/images, added to what is there')
    .argument('<directory>', 'what is served, or is given to bootstrap as --metadata-source')
    .option('--cloud <cloud>', 'CLOUD or CLOUD/REGION: of its own images, or of the one that --id names')
    .option('--credential <name>', "name of the credential (default: the cloud's)")
    .option('--id <id>', "the cloud's id of the image")
    .option('--base <base>', 'operating system of the image: ubuntu@24.04')
    .option('--arch <name>', 'its architecture: amd64')
    .option('--region <name>', "region that it is in (default: the cloud's)")
    .option('--endpoint <url>', "the cloud's endpoint (default: the cloud's)")
    .option('--stream <name>', 'stream that it is published in (default: released)')
    .option('--virt-type <name>', 'kind of virtualisation that it is for')
    .option('--storage <name>', 'kind of root disk that it is for')
    .option(
      '--private-key <file>',
      'signs the metadata: an armoured key; $ENVIRONS_KEY_PASSPHRASE unlocks it',
    )
    .action((directory: string, options) =>
      run(async (context) => (await import('./commands/images.ts')).generate(context, directory, options)),
    )

  images
    .command('find')
    .description('list the images that machines would be started from, and where they are from')
    .argument('[cloud]', 'CLOUD or CLOUD/REGION (default: the only cloud, or the one that OS_CLOUD names)')
    .option('--credential <name>', "name of the credential (default: the cloud's)")
    .option('-c, --controller <name>', 'look where its model looks, instead')
    .option('--metadata-source <place>', 'a directory or an address with metadata in "images", asked first')
    .option('--base <base>', "operating system: ubuntu@24.04 (default: the model's)")
    .option('--arch <name>', 'architecture: amd64')
    .option('--stream <name>', 'stream: daily (default: released)')
    .action((cloud: string | undefined, options) =>
      run(async (context) => (await import('./commands/images.ts')).find(context, cloud, options)),
    )

  images
    .command('validate')
    .description('tell all that is wrong with metadata')
    .argument('<place>', 'a directory or an address with metadata in "images"')
    .option('--public-key <file>', 'of whoever signs it: signed documents are looked at, too')
    .action((place: string, options) =>
      run(async (context) => (await import('./commands/images.ts')).validate(context, place, options)),
    )
}
