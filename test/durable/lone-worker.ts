/**
 * A worker in a process of its own: its tasks write a line to a file in each of their two steps. It takes what it needs
 * as JSON in `LONE_WORKER`, and prints a line when it has begun its first task.
 */

import { appendFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { dbos } from '../../src/durable/dbos/index.ts'
import type { TaskHandler, WorkOptions } from '../../src/provisioner/durable-runner.ts'

export interface LoneWorkerOptions {
  readonly databaseUrl: string
  readonly keyFile: string
  readonly name: string
  /** What its steps write to. */
  readonly file: string
  /** How long each step takes. Milliseconds. */
  readonly step: number
  /** When a worker without a sign of life is dead. Milliseconds. */
  readonly silence: number
}

const { databaseUrl, keyFile, name, file, step, silence } = JSON.parse(
  process.env['LONE_WORKER'] ?? '',
) as LoneWorkerOptions

const handler: TaskHandler = async (run) => {
  const { job, task, begun } = run
  for (const part of ['first', 'second']) {
    await run.step(part, async () => {
      process.stdout.write(`${task.id}\n`)
      await sleep(step)
      await appendFile(file, `${job.id} ${task.id} ${part} ${begun} ${name}\n`)
      return null
    })
  }
  return { status: 'succeeded', result: name }
}

const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())
await using services = await dbos({ databaseUrl, keyFile })
const options = { name, signal: stopping.signal, silence } as WorkOptions
await services.runner.work({ bootstrap: handler, start: handler, stop: handler, destroy: handler }, options)
