/** Actions that change the state of a server (https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action). */

import type { Secret } from 'cloud-environs'
import type { CallOptions } from '../service/options.ts'
import { readPassword, revealed } from './passwords.ts'
import { checkText } from './server-input.ts'
import { type Operations, plainAction } from './server-operation.ts'
import { EVERY_VERSION, since } from './version-range.ts'

/** `AUTO` gives the first partition all of the disk, `MANUAL` leaves that to the guest. */
export type DiskConfig = 'AUTO' | 'MANUAL'

/** How to boot the rescue system. */
export interface RescueOptions extends CallOptions {
  /** Default: the cloud makes one up. */
  readonly adminPassword?: string | Secret | undefined
  /** Id of the image to boot from, default the server's own. */
  readonly image?: string | undefined
}

/** Where an offloaded server comes back. */
export interface UnshelveOptions extends CallOptions {
  /** `null` frees the server from the zone it was asked for in, which needs microversion 2.91, a zone 2.77. */
  readonly availabilityZone?: string | null | undefined
  /** Administrators only. Needs microversion 2.91. */
  readonly host?: string | undefined
}

/** All of them return when the cloud has begun; see `waitForStatus`. A wrong state is a ConflictError. */
export interface ServerActions {
  /** `SHUTOFF` to `ACTIVE`. */
  start(id: string, options?: CallOptions): Promise<void>
  /** `ACTIVE` or `ERROR` to `SHUTOFF`; the guest has a minute or so to shut itself down. */
  stop(id: string, options?: CallOptions): Promise<void>
  /** `SOFT` asks the guest and needs status `ACTIVE`, `HARD` turns the power off and on. */
  reboot(id: string, type: 'SOFT' | 'HARD', options?: CallOptions): Promise<void>
  /** `ACTIVE` to `PAUSED`: kept in memory. */
  pause(id: string, options?: CallOptions): Promise<void>
  /** `PAUSED` to `ACTIVE`. */
  unpause(id: string, options?: CallOptions): Promise<void>
  /** `ACTIVE` to `SUSPENDED`: kept on disk. */
  suspend(id: string, options?: CallOptions): Promise<void>
  /** `SUSPENDED` to `ACTIVE`. */
  resume(id: string, options?: CallOptions): Promise<void>
  /** Refuses changes by others than administrators. A reason, up to 255 characters, needs microversion 2.73. */
  lock(id: string, options?: CallOptions & { readonly reason?: string | undefined }): Promise<void>
  /** What an administrator locked, only an administrator unlocks. */
  unlock(id: string, options?: CallOptions): Promise<void>
  /** Boots another system beside the server's disk: `RESCUE`. The password, when the cloud sets one. */
  rescue(id: string, options?: RescueOptions): Promise<Secret | undefined>
  /** `RESCUE` to `ACTIVE`. */
  unrescue(id: string, options?: CallOptions): Promise<void>
  /** Stops the server and keeps it as an image: `SHELVED`, and mostly at once `SHELVED_OFFLOADED`. */
  shelve(id: string, options?: CallOptions): Promise<void>
  /** Removes a shelved server from its host. Administrators only. */
  shelveOffload(id: string, options?: CallOptions): Promise<void>
  /** `SHELVED` or `SHELVED_OFFLOADED` to `ACTIVE`. */
  unshelve(id: string, options?: UnshelveOptions): Promise<void>
  /** To another flavor, by its id: `VERIFY_RESIZE`, then {@link confirmResize} or {@link revertResize}. */
  resize(
    id: string,
    flavor: string,
    options?: CallOptions & { readonly diskConfig?: DiskConfig | undefined },
  ): Promise<void>
  /** Gives up what a resize or a cold migration would go back to. */
  confirmResize(id: string, options?: CallOptions): Promise<void>
  /** Goes back from a resize or a cold migration. */
  revertResize(id: string, options?: CallOptions): Promise<void>
  /** Brings back what is `SOFT_DELETED`. */
  restore(id: string, options?: CallOptions): Promise<void>
  /** Deletes whatever is under way, and without the grace of a soft deletion. Whether there was a server. */
  forceDelete(id: string, options?: CallOptions): Promise<boolean>
  /** Sets what the cloud believes about the server. Administrators only. */
  resetState(id: string, state: 'active' | 'error', options?: CallOptions): Promise<void>
  /** Makes the guest's kernel crash and dump. Needs microversion 2.17, and mostly an administrator. */
  triggerCrashDump(id: string, options?: CallOptions): Promise<void>
  /** Writes the network settings into the guest again. Administrators only; few hypervisors can. */
  injectNetworkInfo(id: string, options?: CallOptions): Promise<void>
  /** Sets up the server's network again. Nova since Wallaby answers that it is gone. */
  resetNetwork(id: string, options?: CallOptions): Promise<void>
}

/** See {@link ServerActions}. */
export const serverActions: Operations<ServerActions> = {
  start: plainAction('os-start', 'start'),
  stop: plainAction('os-stop', 'stop'),
  reboot: { inputs: 1, operation: 'reboot', body: ([type]) => ({ reboot: { type } }) },
  pause: plainAction('pause', 'pause'),
  unpause: plainAction('unpause', 'unpause'),
  suspend: plainAction('suspend', 'suspend'),
  resume: plainAction('resume', 'resume'),
  lock: {
    operation: 'lock',
    repeatable: true,
    check: ([{ reason }]) => checkText('reason', reason),
    versions: ([{ reason }]) => (reason === undefined ? EVERY_VERSION : since('2.73')),
    body: ([{ reason }]) => ({ lock: reason === undefined ? null : { locked_reason: reason } }),
  },
  unlock: { ...plainAction('unlock', 'unlock'), repeatable: true },
  rescue: {
    operation: 'rescue',
    // Only from 2.87 on, Nova rescues what boots from a volume.
    versions: () => [{ from: '2.87' }, {}],
    body: ([{ adminPassword, image }]) => ({
      rescue:
        adminPassword === undefined && image === undefined
          ? null
          : { adminPass: revealed(adminPassword), rescue_image_ref: image },
    }),
    read: readPassword,
  },
  unrescue: plainAction('unrescue', 'unrescue'),
  shelve: plainAction('shelve', 'shelve'),
  shelveOffload: plainAction('shelveOffload', 'offload'),
  unshelve: {
    operation: 'unshelve',
    versions: ([{ availabilityZone, host }]) => {
      if (availabilityZone === null || host !== undefined) return since('2.91')
      return availabilityZone === undefined ? EVERY_VERSION : since('2.77')
    },
    body: ([{ availabilityZone, host }]) => ({
      unshelve:
        availabilityZone === undefined && host === undefined
          ? null
          : { availability_zone: availabilityZone, host },
    }),
  },
  resize: {
    inputs: 1,
    operation: 'resize',
    body: ([flavor, { diskConfig }]) => ({ resize: { flavorRef: flavor, 'OS-DCF:diskConfig': diskConfig } }),
  },
  confirmResize: plainAction('confirmResize', 'confirm the resize of'),
  revertResize: plainAction('revertResize', 'revert the resize of'),
  restore: plainAction('restore', 'restore'),
  forceDelete: {
    operation: 'delete by force',
    repeatable: true,
    body: () => ({ forceDelete: null }),
    read: () => true,
    gone: false,
  },
  resetState: {
    inputs: 1,
    operation: 'reset the state of',
    repeatable: true,
    body: ([state]) => ({ 'os-resetState': { state } }),
  },
  triggerCrashDump: plainAction('trigger_crash_dump', 'trigger a crash dump of', since('2.17')),
  injectNetworkInfo: plainAction('injectNetworkInfo', 'inject network information into'),
  resetNetwork: plainAction('resetNetwork', 'reset the network of'),
}
