import { NotValidError, newModelConfig } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const REQUIRED = { name: 'prod', type: 'openstack', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' }

const made = (userdata: unknown) => newModelConfig({ ...REQUIRED, 'cloudinit-userdata': userdata })

describe("the user's own cloud-config", () => {
  test.each([
    'packages: [python3-keystoneclient, jq]\npackage_upgrade: false\n',
    'preruncmd:\n  - mkdir /tmp/a\n  - [touch, /tmp/b]\npostruncmd: [ls]\n',
    'ca-certs:\n  trusted: [cert]\n',
    '{}',
  ])('is kept as it is: %j', async (userdata) => {
    expect((await made(userdata)).cloudinitUserdata).toBe(userdata)
  })

  it('is unset with an empty text', async () => {
    expect((await made('')).cloudinitUserdata).toBeUndefined()
  })

  test.each<[string, unknown, string]>([
    ['that adds users', 'users: [{name: me}]', 'may not contain "users"'],
    ['with commands of its own', 'runcmd: [ls]', 'may not contain "runcmd": use preruncmd or postruncmd'],
    ['with boot commands', 'bootcmd: [ls]', 'may not contain "bootcmd": use preruncmd or postruncmd'],
    ['with the null of a forbidden key', 'runcmd:', 'may not contain "runcmd"'],
    ['with packages that are no texts', 'packages: [jq, 7]', 'has "packages" that are not a list of texts'],
    ['with packages that are no list', 'packages: jq', 'has "packages" that are not a list of texts'],
    ['with commands that are none', 'preruncmd: [{a: b}]', 'has "preruncmd" that is not a list of commands'],
    ['with one command', 'postruncmd: ls', 'has "postruncmd" that is not a list of commands'],
    ['that is a list', '- a\n- b', 'is not a YAML map'],
    ['that is a text', 'packages', 'is not a YAML map'],
    ['that is no YAML', 'a: b\nc: [s3cret', 'is not YAML: see line 2'],
    ['that is no text', { packages: ['jq'] }, 'is not a text'],
  ])('is refused %s', async (_, userdata, reason) => {
    const making = made(userdata)
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`attribute "cloudinit-userdata" ${reason}`)
  })

  it('that grows without bound is refused', async () => {
    const levels = 'abcdefghi'.split('')
    const bomb = levels.map((level, index) => {
      const item = index === 0 ? 'x' : `*${levels[index - 1]}`
      return `${level}: &${level} [${Array.from({ length: 9 }, () => item).join(', ')}]`
    })
    await expect(made(bomb.join('\n'))).rejects.toThrow('is not YAML')
  })
})
