import type { Access } from '../access.ts'
import type { Server } from './server.ts'

/** One request that changed a server, with its steps. */
export interface InstanceAction {
  readonly name: string
  readonly requestId: string
  readonly userId: string
  readonly projectId: string
  readonly start: number
  updated: number | undefined
  /** `Error` when a step failed. */
  message: string | null
  /** As they happened. */
  readonly events: InstanceActionEvent[]
}

export interface InstanceActionEvent {
  readonly name: string
  readonly start: number
  finish: number | undefined
  host: string
  result: 'Success' | 'Error' | null
  /** What went wrong. */
  details: string | null
}

const MOVE = ['conductor_migrate_server', 'cold_migrate', 'compute_prep_resize', 'compute_resize_instance']

/** The steps of each action. Those of the API and the conductor are not done by a compute host. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  create: ['compute__do_build_and_run_instance'],
  delete: ['compute_terminate_instance'],
  restore: ['compute_restore_instance'],
  start: ['compute_start_instance'],
  stop: ['compute_stop_instance'],
  reboot: ['compute_reboot_instance'],
  pause: ['compute_pause_instance'],
  unpause: ['compute_unpause_instance'],
  suspend: ['compute_suspend_instance'],
  resume: ['compute_resume_instance'],
  rescue: ['compute_rescue_instance'],
  unrescue: ['compute_unrescue_instance'],
  shelve: ['compute_shelve_instance'],
  shelveOffload: ['compute_shelve_offload_instance'],
  unshelve: ['get_image_info', 'schedule_instances', 'compute_unshelve_instance'],
  resize: [...MOVE, 'compute_finish_resize'],
  migrate: [...MOVE, 'compute_finish_resize'],
  confirmResize: ['compute_confirm_resize'],
  revertResize: ['compute_revert_resize', 'compute_finish_revert_resize'],
  'live-migration': ['conductor_live_migrate_instance', 'compute_live_migration'],
  live_migration_cancel: ['compute_live_migration_abort'],
  live_migration_force_complete: ['compute_live_migration_force_complete'],
  rebuild: ['rebuild_server', 'compute_rebuild_instance'],
  evacuate: ['rebuild_server', 'compute_rebuild_instance'],
  createImage: ['compute_snapshot_instance'],
  createBackup: ['compute_backup_instance'],
  changePassword: ['compute_set_admin_password'],
  trigger_crash_dump: ['compute_trigger_crash_dump'],
  lock: ['api_lock'],
  unlock: ['api_unlock'],
  attach_interface: ['compute_attach_interface'],
  detach_interface: ['compute_detach_interface'],
  attach_volume: ['compute_attach_volume'],
  detach_volume: ['compute_detach_volume'],
  swap_volume: ['compute_swap_volume'],
}

/** What was done to the servers. It outlives them. */
export class InstanceActions {
  readonly #byServer = new Map<string, InstanceAction[]>()

  /** Oldest first. */
  of(serverId: string): readonly InstanceAction[] {
    return this.#byServer.get(serverId) ?? []
  }

  begin(by: { readonly access: Access; readonly requestId: string }, server: Server, name: string): void {
    const start = Date.now()
    const action: InstanceAction = {
      name,
      requestId: by.requestId,
      userId: by.access.user.id,
      projectId: by.access.projectId,
      start,
      updated: undefined,
      message: null,
      events: (STEPS[name] ?? []).map((step) => ({
        name: step,
        start,
        finish: undefined,
        host: step.startsWith('compute_') ? (server.host ?? '') : 'controller',
        result: null,
        details: null,
      })),
    }
    this.#byServer.set(server.id, [...this.of(server.id), action])
  }

  /** Ends the action of that name which is under way, if one is; `error` says why it failed. */
  end(server: Server, name: string, error?: string): void {
    const action = this.of(server.id).findLast((each) => each.name === name && each.updated === undefined)
    if (!action) return
    action.updated = Date.now()
    if (error !== undefined) action.message = 'Error'
    for (const [index, event] of action.events.entries()) {
      event.finish = action.updated
      if (event.host === '') event.host = server.host ?? 'controller'
      const failed = error !== undefined && index === action.events.length - 1
      event.result = failed ? 'Error' : 'Success'
      event.details = failed ? error : null
    }
  }
}
