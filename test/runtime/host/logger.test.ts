import { Writable } from 'node:stream'
import { NotFoundError, Secret } from 'cloud-environs'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLogger, format, transports } from 'winston'
import { winstonLogger } from '../../../src/runtime/host/logger.ts'

let lines: string[]
beforeEach(() => {
  lines = []
})

/** A logger whose lines are kept. */
function logger(level = 'debug') {
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(String(chunk).trim())
      done()
    },
  })
  return winstonLogger(
    createLogger({ level, format: format.json(), transports: [new transports.Stream({ stream })] }),
  )
}

const parsed = (): unknown[] => lines.map((line) => JSON.parse(line) as unknown)

describe('a log line', () => {
  it('has its level, its message and its fields', () => {
    const log = logger()
    log.debug('a', { n: 1 })
    log.info('b')
    log.warn('c', () => ({ list: [1, 2] }))
    log.error('d', { nested: { x: true } })
    expect(parsed()).toEqual([
      { level: 'debug', message: 'a', n: 1 },
      { level: 'info', message: 'b' },
      { level: 'warn', message: 'c', list: [1, 2] },
      { level: 'error', message: 'd', nested: { x: true } },
    ])
  })

  it('shows no secret, wherever it stands', () => {
    const secret = new Secret('hunter2')
    const careless = secret as unknown as string
    const log = logger().child({ token: secret })
    log.info(`password ${careless}`, {
      password: secret,
      credential: { attributes: [{ password: secret }] },
      error: new Error(`refused ${careless}`, { cause: secret }),
      typed: new NotFoundError(`not ${careless}`, { cause: { secret } }),
    })
    expect(lines.join()).not.toContain('hunter2')
    expect(parsed()).toMatchObject([
      {
        message: 'password ***',
        token: '***',
        password: '***',
        credential: { attributes: [{ password: '***' }] },
        error: { message: 'refused ***' },
        typed: { message: 'not ***' },
      },
    ])
  })

  it('has name, code and message of an error', () => {
    logger().warn('failed', {
      typed: new NotFoundError('no such server', { resource: 'server 1' }),
      system: Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }),
    })
    expect(parsed()).toMatchObject([
      {
        typed: { name: 'NotFoundError', code: 'NOT_FOUND', message: 'no such server', resource: 'server 1' },
        system: { name: 'Error', code: 'ECONNREFUSED', message: 'connection refused' },
      },
    ])
  })

  it('keeps its fields whatever the message looks like', () => {
    logger().info('GET /v2/%c3%a4?name=%s', { status: 200 })
    expect(parsed()).toEqual([{ level: 'info', message: 'GET /v2/%c3%a4?name=%s', status: 200 }])
  })

  it('keeps its message and level when fields have those names', () => {
    logger().info('started', { message: 'other', level: 'other' })
    expect(parsed()).toEqual([{ level: 'info', message: 'started' }])
  })

  it("has the fields of the logger's parents, its own winning", () => {
    const parent = logger().child({ controller: 'main', model: 'a' })
    parent.child({ model: 'b' }).info('x', { machine: '0' })
    parent.info('y')
    expect(parsed()).toEqual([
      { level: 'info', message: 'x', controller: 'main', model: 'b', machine: '0' },
      { level: 'info', message: 'y', controller: 'main', model: 'a' },
    ])
  })
})

describe('the level', () => {
  it.each([
    ['error', ['error']],
    ['warn', ['warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['verbose', ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['silly', ['debug', 'info', 'warn', 'error']],
  ])('%s lets through %j, and makes no fields for the rest', (level, through) => {
    const log = logger(level)
    const asked: string[] = []
    for (const name of ['debug', 'info', 'warn', 'error'] as const) {
      log[name](name, () => {
        asked.push(name)
        return {}
      })
    }
    expect(parsed().map((line) => (line as { message: string }).message)).toEqual(through)
    expect(asked).toEqual(through)
  })
})
