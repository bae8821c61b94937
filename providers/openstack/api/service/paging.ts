/** Lists page by page, in the ways that the services' pages lead to the next. */

import { UnavailableError } from 'cloud-environs'
import type { Query } from '../transport/request.ts'
import { fieldOf } from './read.ts'

const MAX_PAGES = 10_000

/** How one list is paged. */
export interface Paging {
  /** Fetches one page. A text is the query of a link. */
  readonly fetch: (query: Query | string) => Promise<unknown>
  /** Key of the list in a page. */
  readonly key: string
  readonly query: Query
  readonly resource: string
  readonly maxPages?: number | undefined
}

/**
 * The bodies of all pages. Only the query of a link is used: origin and path stay those of the first request, so a link
 * can never lead the token elsewhere. @throws UnavailableError when the pages lead back to one that was read
 */
export async function* pages(paging: Paging): AsyncGenerator<unknown, void, undefined> {
  const { fetch, key, query, resource, maxPages = MAX_PAGES } = paging
  const seen = new Set<string>()
  let next: Query | string = query
  for (let count = 0; count < maxPages; count++) {
    const page = await fetch(next)
    yield page
    const link = nextLink(page, key)
    const search = link === undefined ? '' : queryOf(link)
    if (search === '') return
    if (seen.has(search)) throw endless(resource, 'leads back to a page that was read already')
    seen.add(search)
    next = search
  }
  throw endless(resource, `has more than ${maxPages} pages`)
}

/** The link to the next page: `<key>_links`, `links`, or Glance's `next`. */
function nextLink(page: unknown, key: string): string | undefined {
  for (const links of [fieldOf(page, `${key}_links`), fieldOf(page, 'links')]) {
    const href = Array.isArray(links)
      ? fieldOf(
          links.find((link) => fieldOf(link, 'rel') === 'next'),
          'href',
        )
      : fieldOf(links, 'next')
    if (typeof href === 'string') return href
  }
  const next = fieldOf(page, 'next')
  return typeof next === 'string' ? next : undefined
}

function queryOf(link: string): string {
  const start = link.indexOf('?')
  return start < 0 ? '' : (link.slice(start).split('#')[0] ?? '')
}

function endless(resource: string, why: string): UnavailableError {
  return new UnavailableError(`cannot list ${resource}: the list ${why}`, {
    operation: 'list',
    resource,
    hint: 'report this to the operator of the cloud; a list cut off here would be incomplete',
  })
}
