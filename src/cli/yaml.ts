/** YAML that the user gives, and that the user is shown. */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { NotFoundError } from '../environ/index.ts'
import { MAX_BYTES, type YamlContent, YamlFile, type YamlFileOptions } from '../files/yaml-file.ts'

async function standardInput(signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BYTES) break
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * A file that the user names, and what it says; `-` is standard input.
 * @throws NotFoundError when there is none, NotValidError when it is no YAML
 */
export async function givenYaml(
  path: string,
  signal: AbortSignal,
  options: YamlFileOptions = {},
): Promise<readonly [YamlFile, YamlContent]> {
  if (path === '-') {
    const file = new YamlFile('standard input', options)
    return [file, await file.parse(await standardInput(signal))]
  }
  const file = new YamlFile(resolve(path), options)
  await stat(file.path).catch((cause: unknown) => {
    throw new NotFoundError(`${file.path} cannot be read`, { cause, resource: file.path })
  })
  return [file, await file.read()]
}

/** A document as text, without control characters. */
export async function yamlText(document: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  // As JSON sees it: secrets are masked, and what is not there is left out.
  const plain: unknown = JSON.parse(JSON.stringify(document))
  return stringify(plain, { lineWidth: 0 })
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trimEnd()
}
