/** How tasks stand in the engine. */

import type { DBOSClient, WorkflowStatus } from '@dbos-inc/dbos-sdk'
import type { Job } from '../../provisioner/durable-runner.ts'
import type { Database } from './database.ts'
import { queueName } from './queues.ts'

export const APPLICATION = 'environs'
export const TASK_WORKFLOW = 'environs.task'
/** Workers do only tasks that were handed in under the same: it changes when what a task is changes. */
export const TASK_PROTOCOL = 'tasks-1'

/** The workflow of a task. Ids of jobs may begin alike, so what is between ends one. */
export const idOf = (job: string, task: string): string => `${encodeURIComponent(job)}/${task}`

export async function idsOf(
  client: DBOSClient,
  job: string,
  status: 'ENQUEUED' | 'PENDING' | 'CANCELLED',
): Promise<readonly string[]> {
  const prefix = idOf(job, '')
  const found = await client.listWorkflows({
    workflow_id_prefix: prefix,
    status,
    loadInput: false,
    loadOutput: false,
  })
  // The engine takes the prefix for a pattern, which finds more.
  return found.map(({ workflowID }) => workflowID).filter((id) => id.startsWith(prefix))
}

/** Has the tasks of a job that wait not wait any more. */
export async function putToRest(client: DBOSClient, job: string): Promise<void> {
  const waiting = await idsOf(client, job, 'ENQUEUED')
  if (waiting.length > 0) await client.cancelWorkflows([...waiting])
}

/**
 * Has the tasks of a job that were put to rest wait again where they waited. Of several at the same time one after the
 * other: what the first has woken may have been begun.
 */
export async function wake(
  database: Database,
  client: DBOSClient,
  job: Pick<Job, 'id' | 'kind' | 'cloud'>,
): Promise<void> {
  await database.transaction(async (connection) => {
    await connection.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `environs wake ${job.id}`,
    ])
    const resting = await idsOf(client, job.id, 'CANCELLED')
    if (resting.length > 0) await client.resumeWorkflows([...resting], { queueName: queueName(job) })
  })
}

/** Has tasks that somebody began wait again where they waited. */
export async function handBack(client: DBOSClient, begun: readonly WorkflowStatus[]): Promise<void> {
  const queues = new Set(begun.flatMap(({ queueName }) => queueName ?? []))
  for (const queueName of queues) {
    const ids = begun
      .filter((workflow) => workflow.queueName === queueName)
      .map(({ workflowID }) => workflowID)
    await client.resumeWorkflows(ids, { queueName })
  }
}

/** The tasks that are under way, of one worker or of all. */
export const underWay = (client: DBOSClient, worker?: string): Promise<WorkflowStatus[]> =>
  client.listWorkflows({
    workflowName: TASK_WORKFLOW,
    status: 'PENDING',
    ...(worker === undefined ? {} : { executorId: worker }),
    loadInput: false,
    loadOutput: false,
  })
