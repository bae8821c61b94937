/** Where the agent of a controller lies on its machine, and how it is started there. */

import { AGENT_COMMAND } from '../controller/index.ts'

/** Juju's directory. */
const DATA_DIR = '/var/lib/juju'
const PROGRAM_DIR = `${DATA_DIR}/tools/machine-0`
const CONFIG_DIR = `${DATA_DIR}/agents/machine-0`
const UNIT = 'jujud-machine-0.service'

/** Where each file of the agent goes. */
export const AGENT_FILES = {
  archive: `${DATA_DIR}/tools/agent.tar.gz`,
  config: `${CONFIG_DIR}/agent.conf`,
  unit: `/etc/systemd/system/${UNIT}`,
} as const

/** Content of the unit: it starts with the machine, and again when it fails. */
export const AGENT_UNIT = `[Unit]
Description=Controller agent
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${PROGRAM_DIR}/${AGENT_COMMAND} --config ${AGENT_FILES.config}
Restart=on-failure
RestartSec=5
LimitNOFILE=64000

[Install]
WantedBy=multi-user.target
`

const asRoot = (...commands: readonly string[]): string =>
  `sudo -n sh -c '${['set -e', ...commands].join('; ').replaceAll("'", `'\\''`)}'`

/** Commands of an installation. Each may be repeated, as after an interrupted bootstrap. */
export const AGENT_COMMANDS = {
  makeDirectories: asRoot(
    `mkdir -p ${DATA_DIR}/tools ${DATA_DIR}/agents`,
    `install -d -m 0700 ${CONFIG_DIR}`,
  ),
  unpack: asRoot(
    `rm -rf ${PROGRAM_DIR}`,
    `mkdir -p ${PROGRAM_DIR}`,
    `tar -xzf ${AGENT_FILES.archive} --no-same-owner -C ${PROGRAM_DIR}`,
    `rm -f ${AGENT_FILES.archive}`,
  ),
  start: asRoot('systemctl daemon-reload', `systemctl enable ${UNIT}`, `systemctl restart ${UNIT}`),
  /** A line that says `active` or something else, and the log. */
  readState: asRoot(`systemctl is-active ${UNIT} || true`, `journalctl --no-pager -o cat -n 40 -u ${UNIT}`),
  readLog: asRoot(`journalctl --no-pager -o cat -n 40 -u ${UNIT}`),
} as const
