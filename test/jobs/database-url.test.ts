import { inspect } from 'node:util'
import pg from 'pg'
import { expect, it } from 'vitest'
import { secretUrl } from '../../src/durable/dbos/database.ts'

const of = (url: string) => {
  const { user, password, host, port, database } = new pg.Client({ connectionString: url })
  return { user, password, host, port, database }
}

it.each([
  'postgresql://u@db.example:5433/jobs?password=a%23b%25c%2Bd&application_name=x',
  'postgresql://db.example:5433/jobs?user=u&password=a%23b%25c%2Bd',
  'postgresql://u:a%23b%25c%2Bd@db.example:5433/jobs',
])('of the URL of a database the password stands where the engine hides it: %#', (given) => {
  const url = secretUrl(given)
  expect(inspect(url)).not.toContain('a%23')
  expect(new URL(url.reveal()).search).not.toContain('password')
  expect(of(url.reveal())).toEqual(of(given))
  expect(of(url.reveal())).toMatchObject({ user: 'u', password: 'a#b%c+d', database: 'jobs' })
})
