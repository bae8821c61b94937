import { type Command, Option } from 'commander'
import type { Context } from './context.ts'

type Run = (command: (context: Context) => Promise<void>) => Promise<void>

/** What makes no sense for what another process may do, later. */
const NOT_AS_A_JOB = ['agentBuild', 'dryRun', 'keepBroken', 'resume']

/** The options of a command that may be handed in as a job. */
export const asJob = (command: Command): Command =>
  command
    .addOption(
      new Option('--job', 'hand it in as a job, which outlives this process, and follow it').conflicts(
        NOT_AS_A_JOB,
      ),
    )
    .option('--detach', 'with --job: print its id, and end')
    .option('--priority <number>', 'with --job: 0 to 9, the smallest goes first (default: 5)')

/** The grammar of `environs jobs` and `environs worker`. */
export function addJobs(root: Command, run: Run): void {
  const group = root
    .command('jobs')
    .description('list jobs, or show one with its tasks that failed or are under way')
    .argument('[job]', 'id of a job')
    .option('-f, --follow', 'tell what happens until it is over; without a job, until all are')
    .action((id: string | undefined, options) =>
      run(async (context) => (await import('./commands/jobs.ts')).jobs(context, id, options)),
    )
  const change = (name: 'pause' | 'resume' | 'cancel', description: string): void => {
    group
      .command(name)
      .description(description)
      .argument('<job>', 'id of a job')
      .action((id: string) =>
        run(async (context) => (await import('./commands/jobs.ts')).change(context, id, name)),
      )
  }
  change('pause', 'begin nothing more of a job')
  change('resume', 'go on with a job that was paused')
  change('cancel', 'end a job; what was begun of it is undone')

  group
    .command('limits')
    .description('show how much is done on a cloud at the same time')
    .action(() => run(async (context) => (await import('./commands/limits.ts')).limits(context)))

  group
    .command('limit')
    .description('set how much is done on a cloud at the same time, by all workers together')
    .argument('<cloud>', 'CLOUD or CLOUD/REGION')
    .argument('<kind>', 'bootstrap, start, stop or destroy')
    .requiredOption('--at-once <count>', 'tasks under way')
    .option('--per-worker <count>', 'of them on one worker (default: the standard one)')
    .option('--per-second <count>', 'tasks begun in a second (default: as many as there are)')
    .action((cloud: string, kind: string, options) =>
      run(async (context) => (await import('./commands/limits.ts')).limit(context, cloud, kind, options)),
    )

  root
    .command('worker')
    .description('do what jobs ask for, until it is interrupted')
    .option(
      '--name <name>',
      'what it is known by: the same after a restart, and no other has it (default: the host)',
    )
    .option('--until-idle', 'end when no job is left that could go on')
    .option(
      '--grace <seconds>',
      'when it is interrupted, how long what is under way may take to the end of its step (default: 30)',
    )
    .action((options) =>
      run(async (context) => (await import('./commands/worker.ts')).worker(context, options)),
    )
}
