import { isList, isObject, isText } from '../json.ts'
import type { Reply } from '../message.ts'
import { invalidInput, neutronError } from './errors.ts'
import type { Resource } from './resources.ts'

/** The tags sub-resource: GET, PUT, DELETE of all (`tag` undefined) or of one. */
export function answerTags(
  method: string,
  resource: Resource,
  tag: string | undefined,
  body: unknown,
): Reply {
  if (tag === undefined) {
    if (method === 'PUT') {
      const tags = isObject(body) ? body.tags : undefined
      if (!isList(tags) || !tags.every(isText)) throw invalidInput('Invalid tags body.')
      const long = tags.find((each) => each.length > 255)
      if (long !== undefined) throw invalidInput(`'${long}' exceeds maximum length of 255.`)
      resource.tags = [...new Set(tags)]
    }
    if (method === 'DELETE') {
      resource.tags = []
      return { status: 204 }
    }
    return { status: 200, body: { tags: resource.tags } }
  }
  const known = resource.tags.includes(tag)
  if (method === 'PUT') {
    if (tag.length > 255) throw invalidInput(`'${tag}' exceeds maximum length of 255.`)
    if (!known) resource.tags = [...resource.tags, tag]
    return { status: 201, body: null }
  }
  if (!known) throw neutronError(404, 'TagNotFound', `Tag ${tag} could not be found.`)
  if (method === 'DELETE') resource.tags = resource.tags.filter((each) => each !== tag)
  return { status: 204 }
}
