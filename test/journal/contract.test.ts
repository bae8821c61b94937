import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from './open-journal.ts'
import { testRunner } from '../provisioner/runner-contract.ts'

const makeStorage = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'environs-journal-'))
  return {
    open: async () => openJournal(directory),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

testRunner('journal', makeStorage, 450)
