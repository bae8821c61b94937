import { parseBase } from '../config/index.ts'
import type { Constraints } from '../constraints/index.ts'
import {
  type Base,
  type CallOptions,
  type Environ,
  type ImageMetadata,
  type Instance,
  NotValidError,
} from '../environ/index.ts'
import type { ImageFinder } from '../images/index.ts'
import type { Claim } from './claims.ts'
import type { MachineOutcome, MachineParams } from './machine.ts'
import { type RetryPolicy, retrying } from './retry.ts'

const MACHINE_ID = /^[1-9]\d{0,14}$/

/** Finds images for machines. */
export type ImagesFinder = Pick<ImageFinder, 'find'>

/** A machine whose parameters were checked. */
export interface PreparedMachine {
  readonly base: Base
  readonly constraints: Constraints
  readonly unsupported: readonly string[]
  readonly placement?: string
  /** The images that may be used; absent: the provider looks for itself. */
  readonly imageMetadata?: readonly ImageMetadata[]
}

/** @throws NotValidError */
export function checkMachineId(machineId: string | undefined): void {
  if (machineId === undefined || MACHINE_ID.test(machineId)) return
  throw new NotValidError(`"${machineId}" is not the id of a machine that can be started`, {
    hint: 'the ids are 1, 2, …; machine 0 is the controller, which bootstrap makes',
  })
}

/** Checks what can be checked before anything is made. @throws what `precheckInstance` throws */
export async function prepareMachine(
  environ: Environ,
  params: MachineParams,
  finder: ImagesFinder,
  options: CallOptions,
): Promise<PreparedMachine> {
  const validator = await environ.constraintsValidator(options)
  const constraints = validator.merge({}, params.constraints ?? {})
  const unsupported = validator.validate(constraints)
  const base = parseBase(params.base ?? environ.config().defaultBase)
  const placement = params.placement === undefined ? {} : { placement: params.placement }
  const { images } = await finder.find(environ, { base, constraints }, options)
  const imageMetadata = images.length > 0 ? { imageMetadata: images } : {}
  await environ.precheckInstance({ base, constraints, ...placement, ...imageMetadata }, options)
  return { base, constraints, unsupported, ...placement, ...imageMetadata }
}

/** The same for machines that are the same but for their ids and groups. */
export const likeness = ({ constraints, base, placement }: MachineParams): string =>
  JSON.stringify([constraints, base, placement])

/** A machine on its way through a call. */
export interface Wanted {
  readonly params: MachineParams
  machineId: string | undefined
  claim: Claim | undefined
  existing?: Instance | undefined
  prepared?: PreparedMachine
  outcome?: MachineOutcome
}

/** Checks what is to be started; once for all that are alike. What can never work has its outcome here. */
export async function prepareAll(
  environ: Environ,
  wanted: readonly Wanted[],
  images: ImagesFinder,
  policy: RetryPolicy,
): Promise<void> {
  const { signal } = policy
  const checks = new Map<string, Promise<PreparedMachine>>()
  await Promise.all(
    wanted.map(async (machine) => {
      if (machine.existing) return
      const { params, machineId } = machine
      try {
        checkMachineId(machineId)
        const alike = likeness(params)
        const check =
          checks.get(alike) ?? retrying(policy, () => prepareMachine(environ, params, images, { signal }))
        checks.set(alike, check)
        machine.prepared = await check
      } catch (error) {
        const known = machineId === undefined ? {} : { machineId }
        machine.outcome = signal?.aborted
          ? { status: 'cancelled', ...known }
          : { status: 'failed', ...known, error: error as Error, attempts: 0 }
      }
    }),
  )
}
