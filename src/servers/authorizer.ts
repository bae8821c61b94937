import type { CallOptions } from '../environ/options.ts'
import { ForbiddenError } from '../environ/errors.ts'

/** What somebody wants to do, and where. */
export interface ServerAction {
  readonly verb: 'create' | 'read' | 'update' | 'delete'
  readonly resource: 'region:servers' | 'region:images' | 'region:networks'
  readonly organization: string
  /** Absent: in the organization as a whole. */
  readonly project?: string
}

/** Says what may be done. An embedder that has users has one for each. */
export interface Authorizer {
  allows(action: ServerAction, options?: CallOptions): Promise<boolean>
}

/** Whoever holds the environ may do everything. */
export const allowAll: Authorizer = { allows: async () => true }

/** @throws ForbiddenError saying what is not allowed */
export async function authorize(
  authorizer: Authorizer,
  action: ServerAction,
  options?: CallOptions,
): Promise<void> {
  if (await authorizer.allows(action, options)) return
  const { verb, resource, organization, project } = action
  const where = project === undefined ? `organization ${organization}` : `project ${project}`
  throw new ForbiddenError(`not allowed to ${verb} ${resource} in ${where}`, {
    operation: `${verb} ${resource}`,
    resource: where,
    hint: 'ask whoever gives permissions there',
  })
}
