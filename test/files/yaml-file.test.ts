import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironsError, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { YamlFile } from '../../src/files/yaml-file.ts'

let directory: string
let path: string
let file: YamlFile
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'environs-test-')), 'of-mine')
  path = join(directory, 'some.yaml')
  file = new YamlFile(path)
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

async function write(text: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(path, text)
}

/** Ten lists, each of which has the one before it nine times. */
const BOMB = Array.from('abcdefghij')
  .map(
    (name, n, all) =>
      `${name}: &${name} [${Array<string>(9)
        .fill(n === 0 ? 'x' : `*${all[n - 1]}`)
        .join()}]`,
  )
  .join('\n')

describe('a YAML file', () => {
  it('is changed as a whole by one after the other, and only its owner may read it', async () => {
    const set = (key: string) => file.change((content) => content.set([key], key))
    await Promise.all([set('a'), set('b'), new YamlFile(path).change((content) => content.set(['c'], 'c'))])
    expect((await file.read()).data).toEqual({ a: 'a', b: 'b', c: 'c' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect(await readdir(directory)).toEqual(['some.yaml'])
  })

  it('keeps its comments, and all of itself when a change throws', async () => {
    await write('# mine\na: 1 # one\nb: 2\n')
    await file.change((content) => content.set(['b'], undefined))
    expect(await readFile(path, 'utf8')).toBe('# mine\na: 1 # one\n')
    const failing = file.change((content) => {
      content.set(['a'], 3)
      throw new RangeError('no')
    })
    await expect(failing).rejects.toBeInstanceOf(RangeError)
    expect((await file.read()).data).toEqual({ a: 1 })
  })

  it.each([
    ['a bomb', BOMB, /its aliases are circular, too many or of nothing/],
    ['a circle', 'a: &a\n  b: *a\n', /its aliases are circular, too many or of nothing/],
    ['an alias of nothing', 'a: *b\n', /its aliases are circular, too many or of nothing/],
    ['lists in lists', `a: ${'['.repeat(3000)}${']'.repeat(3000)}\n`, /it is nested too deeply/],
    ['lists below lists', '- '.repeat(3000), /it is nested too deeply/],
    ['keys that are keys', '? '.repeat(500), /it is nested too deeply/],
    ['two documents', 'a: 1\n---\nb: 2\n', /not valid YAML/],
    ['a tab for indentation', 'a:\n\tb: 1\n', /line 2/],
  ])('that has %s is refused at once', async (_, text, message) => {
    await write(text)
    for (const using of [() => file.read(), () => file.change(() => undefined), () => file.parse(text)]) {
      const error: unknown = await using().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(NotValidError)
      expect(error).toMatchObject({ message: expect.stringMatching(message) as string, resource: path })
    }
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('that is larger than 16 MiB is not read, and such a text is not parsed', async () => {
    await write('')
    await truncate(path, 16 * 1024 * 1024 + 1)
    const reading = file.read()
    await expect(reading).rejects.toBeInstanceOf(NotValidError)
    await expect(reading).rejects.toThrow(`${path} cannot be read: it is larger than 16 MiB`)
    const parsing = file.parse(' '.repeat(16 * 1024 * 1024 + 1))
    await expect(parsing).rejects.toThrow('it is larger than 16 MiB')
  })

  it('that is no file, or is where none can be, is told of', async () => {
    await mkdir(path, { recursive: true })
    await expect(file.read()).rejects.toBeInstanceOf(EnvironsError)
    const below = new YamlFile(join('/dev/null', 'some.yaml'))
    await expect(below.change(() => undefined)).rejects.toMatchObject({
      message: expect.stringContaining('/dev/null/some.yaml cannot be') as string,
      hint: expect.stringContaining('see that') as string,
    })
  })

  it('has values that are all texts when it is read so', async () => {
    await write('a: 0123\nb: true\nc: ~\n')
    const plain = new YamlFile(path, { plainText: true })
    expect((await plain.read()).data).toEqual({ a: '0123', b: 'true', c: '~' })
    expect((await file.read()).data).toEqual({ a: 123, b: true, c: null })
  })
})
