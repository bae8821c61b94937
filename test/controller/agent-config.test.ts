import { inspect } from 'node:util'
import { NotValidError, Secret } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { type AgentConfig, parseAgentConfig } from '../../src/controller/agent-config.ts'
import { agentConfigText } from '../../src/controller/index.ts'

const FILE = '/var/lib/juju/agents/machine-0/agent.conf'

const config: AgentConfig = {
  controllerName: 'main',
  controllerUuid: '11111111-1111-4111-8111-111111111111',
  modelUuid: '22222222-2222-4222-8222-222222222222',
  apiPort: 17_070,
  serverCert: 'a certificate',
  serverKey: new Secret('the-server-key'),
  adminPasswordHash: 'scrypt$1$1$1$AA==$AA==',
  cloud: {
    type: 'openstack',
    name: 'c',
    region: 'R',
    endpoint: 'https://c:5000/v3',
    credential: {
      authType: 'userpass',
      attributes: { username: 'me', password: new Secret('the-password') },
    },
    caCertificates: ['an authority'],
    skipTlsVerify: false,
  },
  modelConfig: { name: 'controller', 'firewall-mode': 'instance', 'image-stream': 'daily' },
}

describe('agent.conf', () => {
  it('says all that the agent is told, its secrets included, and gives them back as secrets', () => {
    const text = agentConfigText(config)
    expect(text).toContain('the-server-key')
    expect(text).toContain('the-password')
    const read = parseAgentConfig(text, FILE)
    expect(read).toEqual({
      ...config,
      cloud: {
        ...config.cloud,
        credential: {
          authType: 'userpass',
          attributes: { username: expect.any(Secret), password: expect.any(Secret) },
        },
      },
    })
    expect(agentConfigText(read)).toBe(text)
    expect(inspect(read, { depth: 9 })).not.toMatch(/the-server-key|the-password/)
  })

  it.each<[string, (text: string) => string, string]>([
    ['cut off', (text) => text.slice(0, text.length - 40), 'is no JSON'],
    ['empty', () => '', 'is no JSON'],
    ['of another kind', () => '[]', ': '],
    ['without a key', (text) => text.replace('"serverKey"', '"other"'), 'serverKey'],
    ['with a bad port', (text) => text.replace('17070', '0'), 'apiPort'],
    ['with a bad UUID', (text) => text.replace('11111111-1111', 'the-password'), 'controllerUuid'],
    ['with a number for a password', (text) => text.replace('"the-password"', '4711'), 'password'],
  ])('that is %s gives one sentence, which quotes nothing of it', (_, spoil, said) => {
    const read = () => parseAgentConfig(spoil(agentConfigText(config)), FILE)
    expect(read).toThrow(NotValidError)
    expect(read).toThrow(said)
    try {
      read()
    } catch (error) {
      expect((error as Error).message.split('\n')).toHaveLength(1)
      expect((error as Error).message).toContain(FILE)
      expect(inspect(error, { depth: 9 })).not.toMatch(/the-server-key|the-password|4711/)
    }
  })
})
