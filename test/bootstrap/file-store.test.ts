import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  AlreadyExistsError,
  EnvironsError,
  FileControllerStore,
  NotFoundError,
  NotValidError,
} from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controllerDetails } from './controller-details.ts'

const run = promisify(execFile)

let parent: string
let directory: string
let file: string
let store: FileControllerStore
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'environs-test-'))
  directory = join(parent, 'new', 'environs')
  file = join(directory, 'controllers.yaml')
  store = new FileControllerStore(directory)
})
afterEach(() => rm(parent, { recursive: true }))

const names = async (of = store) => (await of.all()).map(({ name }) => name)

async function write(text: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(file, text)
}

describe('controllers in a file', () => {
  it('are none before the first is added, and reading makes nothing', async () => {
    expect(await store.all()).toEqual([])
    await expect(store.get('main')).rejects.toMatchObject({
      hint: 'there is no controller yet; bootstrap one',
    })
    expect(await readdir(parent)).toEqual([])
  })

  it('are read back as they were, also by another store', async () => {
    const { credentialName: _, ...bare } = controllerDetails('bare')
    const main = controllerDetails('main')
    await store.add(main)
    await store.add(bare)
    const other = new FileControllerStore(directory)
    expect(await other.get('main')).toEqual(main)
    expect(await other.get('bare')).toEqual(bare)
    expect(await names(other)).toEqual(['bare', 'main'])
  })

  it('say which there are when there is none of that name', async () => {
    await store.add(controllerDetails('main'))
    await store.add(controllerDetails('b'))
    const getting = store.get('mian')
    await expect(getting).rejects.toBeInstanceOf(NotFoundError)
    await expect(getting).rejects.toMatchObject({
      message: 'controller "mian" not found',
      hint: 'the controllers are: b, main',
    })
    await expect(store.update('mian', (details) => details)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('have one name each', async () => {
    const first = controllerDetails('main')
    await store.add(first)
    const again = store.add(controllerDetails('main'))
    await expect(again).rejects.toBeInstanceOf(AlreadyExistsError)
    await expect(again).rejects.toThrow('controller "main" already exists')
    expect(await store.get('main')).toEqual(first)
  })

  it('may have any name', async () => {
    await expect(store.get('constructor')).rejects.toBeInstanceOf(NotFoundError)
    const details = controllerDetails('constructor')
    await store.add(details)
    expect(await store.get('constructor')).toEqual(details)
  })

  it('are changed and removed', async () => {
    const main = controllerDetails('main')
    await store.add(main)
    const changed = await store.update('main', (details) => ({
      ...details,
      nextMachine: details.nextMachine + 1,
    }))
    expect(changed).toEqual({ ...main, nextMachine: 2 })
    expect(await store.get('main')).toEqual(changed)
    await store.remove('main')
    await store.remove('main')
    expect(await store.all()).toEqual([])
  })

  it('stay as they were when a change throws, and the file is free again', async () => {
    await store.add(controllerDetails('main'))
    const before = await readFile(file, 'utf8')
    const refused = new Error('no')
    const changing = store.update('main', () => {
      throw refused
    })
    await expect(changing).rejects.toBe(refused)
    expect(await readFile(file, 'utf8')).toBe(before)
    await store.remove('main')
  })
})

describe('the file', () => {
  it('is for its owner alone, and so is its directory', async () => {
    await store.add(controllerDetails('main'))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
  })

  it('becomes so again when somebody opened it to others', async () => {
    await store.add(controllerDetails('main'))
    await chmod(file, 0o644)
    await store.add(controllerDetails('other'))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('leaves nothing else behind, and touches nothing outside its directory', async () => {
    await store.add(controllerDetails('main'))
    let during: readonly string[] = []
    await store.update('main', (details) => {
      during = readdirSync(join(parent, 'new'))
      return details
    })
    expect(during).toEqual(['environs'])
    expect(await readdir(directory)).toEqual(['controllers.yaml'])
  })

  it('is not locked for ever by a process that died', async () => {
    await store.add(controllerDetails('main'))
    await mkdir(`${file}.lock`)
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(`${file}.lock`, longAgo, longAgo)
    await store.remove('main')
    expect(await readdir(directory)).toEqual(['controllers.yaml'])
  })

  it('keeps what a newer version wrote into it', async () => {
    await store.add(controllerDetails('main'))
    const text = await readFile(file, 'utf8')
    await write(
      `${text.replace(/^( +)status: ready$/m, '$1status: ready\n$1tenants: [a, b]')}current: main\n`,
    )
    expect(await store.get('main')).toMatchObject({ tenants: ['a', 'b'] })
    await store.add(controllerDetails('other'))
    await store.update('main', (details) => ({ ...details, nextMachine: 7 }))
    expect(await store.get('main')).toMatchObject({ tenants: ['a', 'b'], nextMachine: 7 })
    expect(await readFile(file, 'utf8')).toContain('current: main\n')
  })

  it('may be empty', async () => {
    for (const text of ['', '# nothing yet\n', 'controllers: {}\n']) {
      await write(text)
      expect(await store.all()).toEqual([])
    }
    await store.add(controllerDetails('main'))
    expect(await names()).toEqual(['main'])
  })

  it.each([
    ['is no YAML', 'controllers: {main: [', /controllers\.yaml cannot be read: .{10}/],
    ['is no map', '- a\n- b\n', /controllers\.yaml cannot be read: .*expected object/],
    [
      'has half a controller',
      'controllers:\n  main:\n    name: main\n',
      /cannot be read: controllers\.main\.uuid: /,
    ],
    [
      'was cut off',
      'controllers:\n  main:\n    name: main\n    uuid: 0c4e1f5a-5a1c',
      /controllers\.main\.uuid: Invalid/,
    ],
  ])('that %s gives one clear error, and is not written over', async (_, text, message) => {
    await write(text)
    for (const call of [
      () => store.all(),
      () => store.get('main'),
      () => store.add(controllerDetails('new')),
      () => store.update('main', (details) => details),
      () => store.remove('main'),
    ]) {
      const error: unknown = await call().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(NotValidError)
      expect(error).toMatchObject({
        message: expect.stringMatching(message) as string,
        resource: file,
        hint: expect.stringContaining('correct the file') as string,
      })
    }
    expect(await readFile(file, 'utf8')).toBe(text)
    expect(await readdir(directory)).toEqual(['controllers.yaml'])
  })

  it('that cannot be read or made gives a typed error with its path', async () => {
    await mkdir(file, { recursive: true })
    await expect(store.all()).rejects.toBeInstanceOf(EnvironsError)
    await expect(store.all()).rejects.toMatchObject({ resource: file })
    await writeFile(join(parent, 'occupied'), '')
    const below = new FileControllerStore(join(parent, 'occupied', 'environs'))
    await expect(below.add(controllerDetails('main'))).rejects.toBeInstanceOf(EnvironsError)
  })
})

describe('many at once', () => {
  it('never let anybody read half a file', async () => {
    await store.add(controllerDetails('main'))
    let writing = true
    const writes = Promise.all(
      Array.from({ length: 20 }, (_, n) => store.add(controllerDetails(`other-${n}`))),
    ).finally(() => {
      writing = false
    })
    let least = 1
    while (writing) {
      const count = (await new FileControllerStore(directory).all()).length
      expect(count).toBeGreaterThanOrEqual(least)
      least = count
    }
    await writes
    expect(await store.all()).toHaveLength(21)
  })

  it.each([
    ['in one store', 100, () => store],
    ['in several stores', 6, () => new FileControllerStore(directory)],
  ])('lose nothing %s', async (_, count, storeOf) => {
    await store.add(controllerDetails('main', { nextMachine: 1 }))
    const numbers = await Promise.all(
      Array.from({ length: count }, async () => {
        const own = storeOf()
        const { nextMachine } = await own.update('main', (details) => ({
          ...details,
          nextMachine: details.nextMachine + 1,
        }))
        return nextMachine
      }),
    )
    expect(new Set(numbers).size).toBe(count)
    expect((await store.get('main')).nextMachine).toBe(count + 1)
  })

  it('lose nothing in several processes', async () => {
    const module = new URL('../../dist/src/bootstrap/file-store.js', import.meta.url).href
    const { name: _, ...details } = controllerDetails('any')
    const program = (process: number) => `
      import { FileControllerStore } from ${JSON.stringify(module)}
      const store = new FileControllerStore(${JSON.stringify(directory)})
      for (const name of ['p${process}-a', 'p${process}-b', 'p${process}-c'])
        await store.add({ ...${JSON.stringify(details)}, name })`
    await Promise.all(
      [1, 2, 3].map((n) => run(process.execPath, ['--input-type=module', '--eval', program(n)])),
    )
    expect(await names()).toEqual(
      [1, 2, 3].flatMap((n) => ['a', 'b', 'c'].map((letter) => `p${n}-${letter}`)),
    )
  })
})
