import { isObject } from '../../json.ts'
import { ok } from '../call.ts'
import { openConsole, unreachable } from '../consoles.ts'
import { novaError } from '../errors.ts'
import type { Server } from '../server.ts'
import type { Action, Actions } from './action.ts'

export const consoleActions: Actions = {
  'os-getConsoleOutput': {
    schema: {
      type: 'object',
      properties: {
        length: { type: ['integer', 'string', 'null'], pattern: '^-?[0-9]+$', minimum: -1 },
      },
    },
    lock: 'ignored',
    onHost: true,
    run(_call, server, value) {
      const asked = isObject(value) ? value.length : undefined
      const length = asked === undefined || asked === null ? -1 : Number(asked)
      const lines = consoleLog(server).split('\n')
      return ok({ output: (length < 0 ? lines : length === 0 ? [] : lines.slice(-length)).join('\n') })
    },
  },
  'os-getVNCConsole': oldConsole('vnc', ['novnc', 'xvpvnc']),
  'os-getSPICEConsole': oldConsole('spice', ['spice-html5']),
  'os-getRDPConsole': oldConsole('rdp', ['rdp-html5']),
  'os-getSerialConsole': oldConsole('serial', ['serial']),
}

/** The consoles' actions became the resource `remote-consoles` with 2.6. */
function oldConsole(protocol: string, types: readonly string[]): Action {
  return {
    versions: [1, 5],
    schema: { type: 'object', properties: { type: { type: 'string', enum: types } }, required: ['type'] },
    lock: 'ignored',
    onHost: true,
    run(call, server, value) {
      if (unreachable(server)) {
        throw novaError(
          409,
          `Cannot 'get_${protocol}_console' instance ${server.id} while it is in task_state ${server.taskState}`,
        )
      }
      const type = isObject(value) ? String(value.type) : ''
      return ok({ console: { type, url: openConsole(call, server, protocol, type) } })
    },
  }
}

function consoleLog(server: Server): string {
  const written = server.guest?.console?.()
  if (written !== undefined) return written
  return [
    '[    0.000000] Linux version 6.1.0-embedded (no guest runs here)',
    '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=LABEL=cloudimg-rootfs ro console=ttyS0',
    "[    4.200000] cloud-init[512]: Cloud-init v. 23.1 running 'modules:final'",
    `[    4.210000] cloud-init[512]: instance-id ${server.id}`,
    '',
    `${server.hostname} login: `,
  ].join('\n')
}
