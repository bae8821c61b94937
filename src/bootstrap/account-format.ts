/** `accounts.yaml`, all of whose values are texts. */

import * as z from 'zod'
import { Secret } from '../cloud/secret.ts'
import type { ControllerAccount, PendingBootstrap } from './account-store.ts'

const text = z.string()
const secret = text.transform((value) => new Secret(value))

const pending = z
  .object({
    'server-cert': text,
    'server-key': secret,
    'ssh-host-keys': z.array(
      z
        .object({ type: z.enum(['ed25519', 'ecdsa', 'rsa']), private: secret, public: text })
        .transform((key) => ({ type: key.type, privateKey: key.private, publicKey: key.public })),
    ),
    'machine-nonce': text,
    placement: text.optional(),
    image: text.optional(),
    constraints: text,
    'model-constraints': text,
    base: text,
  })
  .transform(
    (document): PendingBootstrap => ({
      serverCert: document['server-cert'],
      serverKey: document['server-key'],
      sshHostKeys: document['ssh-host-keys'],
      machineNonce: document['machine-nonce'],
      ...(document.placement === undefined ? {} : { placement: document.placement }),
      ...(document.image === undefined ? {} : { image: document.image }),
      constraints: document.constraints,
      modelConstraints: document['model-constraints'],
      base: document.base,
    }),
  )

const account = z
  .object({
    user: text,
    password: secret,
    'ssh-private-key': secret,
    'ca-private-key': secret,
    bootstrap: pending.optional(),
  })
  .transform(
    (document): ControllerAccount => ({
      user: document.user,
      password: document.password,
      sshPrivateKey: document['ssh-private-key'],
      caPrivateKey: document['ca-private-key'],
      ...(document.bootstrap === undefined ? {} : { pending: document.bootstrap }),
    }),
  )

export const accountsDocument = z.object({ controllers: z.record(text, account).default({}) })

/** An account as it stands in the file. */
export function accountDocument(given: ControllerAccount): object {
  const { user, password, sshPrivateKey, caPrivateKey, pending: open } = given
  return {
    user,
    password,
    'ssh-private-key': sshPrivateKey,
    'ca-private-key': caPrivateKey,
    ...(open && {
      bootstrap: {
        'server-cert': open.serverCert,
        'server-key': open.serverKey,
        'ssh-host-keys': open.sshHostKeys.map(({ type, privateKey, publicKey }) => ({
          type,
          private: privateKey,
          public: publicKey,
        })),
        'machine-nonce': open.machineNonce,
        ...(open.placement === undefined ? {} : { placement: open.placement }),
        ...(open.image === undefined ? {} : { image: open.image }),
        constraints: open.constraints,
        'model-constraints': open.modelConstraints,
        base: open.base,
      },
    }),
  }
}
