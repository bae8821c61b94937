/** Builds, and archives of them in a tree that serves metadata. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAgent, type PackedAgent, urlDataSource } from 'cloud-environs'
import { onTestFinished } from 'vitest'

/** A directory that is removed when the test ends. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'environs-agents-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

/** Writes files; parents are made, `*` at the end of a name makes it executable. */
export async function newBuild(files: Record<string, string> = { 'jujud*': '#!/bin/sh\n' }): Promise<string> {
  const directory = await newDirectory()
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name.replace('*', ''))
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text, { mode: name.endsWith('*') ? 0o755 : 0o644 })
  }
  return directory
}

/** Packs a small build of that version into the tree. */
export async function newAgent(tree: string, version: string, arch = 'amd64'): Promise<PackedAgent> {
  const directory = await newBuild({ 'jujud*': `agent ${version} ${arch}` })
  return await packAgent({ directory, into: join(tree, 'tools', 'agent'), version, os: 'ubuntu', arch })
}

/** The source of a tree. */
export const sourceOf = (tree: string, more: object = {}) =>
  urlDataSource({ description: 'ours', baseUrl: join(tree, 'tools'), ...more })
