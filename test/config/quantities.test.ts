import { NotValidError, parseDuration, parseSize } from 'cloud-environs'
import { describe, expect, test } from 'vitest'

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['336h', 1_209_600_000],
  ])('of %s is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  test.each(['', '5', '-5m', '5 m', '5min', 'm', '1h 30m'])('is not %j', (text) => {
    expect(() => parseDuration(text)).toThrow(NotValidError)
  })
})

describe('a size', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512M', 512],
    ['1.5G', 1536],
    ['5GiB', 5120],
    ['1TB', 1_048_576],
    ['0.1M', 1],
  ])('of %s is %d MiB', (text, mebibytes) => {
    expect(parseSize(text)).toBe(mebibytes)
  })

  test.each(['', '-1M', '5 G', '5g', 'G', '5K'])('is not %j', (text) => {
    expect(() => parseSize(text)).toThrow(NotValidError)
  })
})
