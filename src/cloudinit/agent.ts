/** What brings the agent to an ordinary machine; a controller gets its own over SSH. */

import { AGENT_COMMAND } from '../controller/api.ts'
import type { AgentBinary } from '../environ/agents.ts'
import { NotValidError } from '../environ/errors.ts'
import type { InstanceConfig } from '../environ/instance-config.ts'
import { DATA_DIR, type WriteFile } from './machine-files.ts'
import { proxyExports } from './proxies.ts'
import type { Command } from './user-part.ts'

/** Ids that name a directory and a unit as they are. */
const MACHINE_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/i

/**
 * Given URL, sha256 and directory: downloads until the checksum is right, every 15 s for half an hour, and unpacks.
 */
const DOWNLOAD = `set -eu
url=$1 sha256=$2 directory=$3
archive=$directory.tar.gz
download() {
  if command -v curl >/dev/null; then
    curl --silent --show-error --fail --location --globoff --connect-timeout 20 --max-time 600 --output "$archive" --url "$url"
  else
    timeout 600 wget --no-verbose --tries=1 --connect-timeout=20 --output-document="$archive" -- "$url"
  fi
}
mkdir -p "\${directory%/*}"
left=120
until download && echo "$sha256  $archive" | sha256sum -c --status; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then echo "no agent from $url" >&2; exit 1; fi
  echo "no agent from $url yet" >&2
  sleep 15
done
rm -rf "$directory"
mkdir -p "$directory"
tar -xzf "$archive" --no-same-owner -C "$directory"
rm -f "$archive"`

/** What an ordinary machine has besides what every machine has. */
export interface AgentPart {
  readonly packages: readonly string[]
  readonly writeFiles: readonly WriteFile[]
  readonly runcmd: readonly Command[]
}

const isUrl = (url: string): boolean => /^https?:\/\/[^\s\p{Cc}]+$/iu.test(url) && URL.canParse(url)

function checkAgent({ url, sha256, version, arch }: AgentBinary): void {
  const resource = `agent ${version} for ${arch}`
  if (!isUrl(url)) {
    throw new NotValidError(`a machine cannot download ${resource} from ${url}`, {
      resource,
      hint: 'put it where machines reach it by http or https',
    })
  }
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new NotValidError(`${resource} has no sha256`, { resource })
}

/** @throws NotValidError for a machine id or an agent that no machine can use */
export function agentPart(config: InstanceConfig, agent: AgentBinary): AgentPart {
  const { machineId, machineNonce, controllerUuid, modelUuid, agentProxies } = config
  if (!MACHINE_ID.test(machineId)) {
    throw new NotValidError(`"${machineId}" is not the id of a machine`, {
      resource: `machine ${machineId}`,
      hint: 'use letters, digits and hyphens',
    })
  }
  checkAgent(agent)
  const tag = `machine-${machineId}`
  const [tools, directory] = [`${DATA_DIR}/tools/${tag}`, `${DATA_DIR}/agents/${tag}`]
  const unit = `jujud-${tag}.service`
  // It may have the password of a proxy, which nobody but root is to see.
  const behindProxies = `${directory}/behind-proxies.sh`
  const agentConfig = { machineId, machineNonce, controllerUuid, modelUuid, agentVersion: agent.version }
  return {
    packages: ['curl'],
    writeFiles: [
      {
        path: `${directory}/agent.conf`,
        permissions: '0600',
        content: `${JSON.stringify(agentConfig, null, 2)}\n`,
      },
      {
        path: behindProxies,
        permissions: '0700',
        content: `#!/bin/sh\n${proxyExports(agentProxies)}exec "$@"\n`,
      },
      {
        path: `/etc/systemd/system/${unit}`,
        permissions: '0644',
        content: `[Unit]
Description=Agent of machine ${machineId}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${behindProxies} ${tools}/${AGENT_COMMAND} --config ${directory}/agent.conf
Restart=on-failure
RestartSec=5
LimitNOFILE=64000

[Install]
WantedBy=multi-user.target
`,
      },
    ],
    runcmd: [
      [behindProxies, 'sh', '-c', DOWNLOAD, 'sh', agent.url, agent.sha256.toLowerCase(), tools],
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', unit],
      ['systemctl', 'restart', unit],
    ],
  }
}
