import { isObject, type JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import { zulu } from '../time.ts'
import { type Call, json } from './call.ts'
import type { Image, Member } from './images.ts'

/** All for the owner, and itself for a member. */
export function listMembers({ access, refuse }: Call, image: Image): Reply {
  if (image.visibility !== 'shared') {
    const why = 'Only shared images have members.'
    throw refuse(403, `Not allowed to list members for image ${image.id}: ${why}`)
  }
  const owns = access.isAdmin || image.owner === access.projectId
  const seen = [...image.members].filter(([id]) => owns || id === access.projectId)
  const members = seen.map(([id, member]) => view(image, id, member))
  return { status: 200, body: { members, schema: '/v2/schemas/members' } }
}

export function addMember(call: Call, image: Image): Reply {
  const given = json(call)
  const id = isObject(given) ? given.member : undefined
  if (typeof id !== 'string') throw call.refuse(400, 'Member to be added not specified')
  if (id === '') throw call.refuse(400, "Member can't be empty")
  if (image.members.has(id)) throw call.refuse(409, `Member ${id} is duplicated for image ${image.id}`)
  const now = Date.now()
  const member = { status: 'pending', created: now, updated: now }
  image.members.set(id, member)
  return { status: 200, body: view(image, id, member) }
}

export function showMember(call: Call, image: Image): Reply {
  const { id, member } = find(call, image)
  return { status: 200, body: view(image, id, member) }
}

/** Only the member itself decides. */
export function updateMember(call: Call, image: Image): Reply {
  const { access, parameters, refuse } = call
  if (!access.isAdmin && parameters.member !== access.projectId) {
    throw refuse(403, `Not allowed to update members for image ${image.id}.`)
  }
  const { id, member } = find(call, image)
  const given = json(call)
  const status = isObject(given) ? given.status : undefined
  if (typeof status !== 'string' || !STATUSES.includes(status)) {
    throw refuse(400, 'Incorrect request: Status must be "pending", "accepted" or "rejected".')
  }
  const updated = { ...member, status, updated: Date.now() }
  image.members.set(id, updated)
  return { status: 200, body: view(image, id, updated) }
}

export function removeMember(call: Call, image: Image): Reply {
  image.members.delete(find(call, image).id)
  return { status: 204 }
}

const STATUSES = ['pending', 'accepted', 'rejected']

function find({ access, parameters, refuse }: Call, image: Image): { id: string; member: Member } {
  const id = parameters.member ?? ''
  const seen = access.isAdmin || image.owner === access.projectId || id === access.projectId
  const member = seen ? image.members.get(id) : undefined
  if (member) return { id, member }
  throw refuse(404, `${id} not found in the member list of the image ${image.id}.`)
}

function view(image: Image, id: string, { status, created, updated }: Member): JsonObject {
  return {
    member_id: id,
    image_id: image.id,
    status,
    created_at: zulu(created),
    updated_at: zulu(updated),
    schema: '/v2/schemas/member',
  }
}
