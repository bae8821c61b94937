import { isList, isObject, isText } from '../json.ts'
import type { Reply } from '../message.ts'
import { list, readValue, text } from './attributes.ts'
import { invalidInput, neutronError } from './errors.ts'
import { type Resource, touch } from './resources.ts'

/** The tags sub-resource: GET, PUT, DELETE of all (`tag` undefined) or of one. */
export function answerTags(
  method: string,
  resource: Resource,
  tag: string | undefined,
  body: unknown,
): Reply {
  // Newer Neutrons add many at once with it.
  if (method === 'POST') throw neutronError(404, 'HTTPNotFound', 'not supported')
  if (tag === undefined) {
    if (method === 'PUT') setTags(resource, readTags(body))
    if (method === 'DELETE') {
      setTags(resource, [])
      return { status: 204 }
    }
    return { status: 200, body: { tags: resource.tags } }
  }
  const known = resource.tags.includes(tag)
  if (method === 'PUT') {
    readValue(text, tag)
    if (!known) setTags(resource, [...resource.tags, tag])
    return { status: 201, body: null }
  }
  if (!known) throw neutronError(404, 'TagNotFound', `Tag ${tag} could not be found.`)
  if (method === 'DELETE') {
    setTags(
      resource,
      resource.tags.filter((each) => each !== tag),
    )
  }
  return { status: 204 }
}

function readTags(body: unknown): string[] {
  const tags = isObject(body) ? body.tags : undefined
  if (tags === undefined) throw invalidInput('Invalid tags body.')
  const read = readValue(list(text), tags)
  return isList(read) ? read.filter(isText) : []
}

function setTags(resource: Resource, tags: string[]): void {
  resource.tags = tags
  touch(resource)
}
