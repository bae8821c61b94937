import { describe, expect, it } from 'vitest'
import { processEnvironment } from '../../../src/runtime/host/environment.ts'
import { systemRandom } from '../../../src/runtime/host/random.ts'

describe('the random numbers of the machine', () => {
  it('are of the forms that are promised, and differ', () => {
    const numbers = Array.from({ length: 20 }, () => systemRandom.number())
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(new Set(numbers).size).toBeGreaterThan(1)
    expect(systemRandom.uuid()).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(systemRandom.uuid()).not.toBe(systemRandom.uuid())
    expect(systemRandom.hex(16)).toMatch(/^[0-9a-f]{32}$/)
    expect(systemRandom.hex(16)).not.toBe(systemRandom.hex(16))
  })
})

describe('the environment of the process', () => {
  it('is read when it is asked for', () => {
    const { variables, homeDir, workingDir } = processEnvironment()
    expect(variables['PATH']).toBe(process.env['PATH'])
    expect(homeDir).toMatch(/^\//)
    expect(workingDir).toBe(process.cwd())
  })
})
