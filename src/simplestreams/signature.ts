import { NotValidError } from '../environ/errors.ts'

const SIGNED = /^\s*-----BEGIN PGP SIGNED MESSAGE-----\r?\n/

/**
 * The text of a clear-signed document, when one of the armoured keys has signed it.
 * @throws NotValidError: the document is not signed, the key cannot be read, the signature is not the key's
 */
export async function verifiedText(
  document: string,
  armoredKeys: string | undefined,
  url: string,
): Promise<string> {
  if (!SIGNED.test(document)) {
    throw new NotValidError(`${url} is not signed`, {
      resource: url,
      hint: 'sign it with "gpg --clearsign", or serve it as .json',
    })
  }
  const keyProblem = (cause?: unknown) =>
    new NotValidError(`the public key to check ${url} with cannot be read`, {
      cause,
      resource: url,
      hint: 'give the armoured public key of whoever signs this source',
    })
  if (!armoredKeys?.trim()) throw keyProblem()
  const { readCleartextMessage, readKeys, verify } = await import('openpgp')
  const verificationKeys = await readKeys({ armoredKeys }).catch((error: unknown) => {
    throw keyProblem(error)
  })
  try {
    const message = await readCleartextMessage({ cleartextMessage: document.trimStart() })
    const { data, signatures } = await verify({ message, verificationKeys })
    await Promise.any(signatures.map(({ verified }) => verified))
    return data
  } catch (error) {
    throw new NotValidError(`the signature of ${url} is not valid`, {
      cause: error,
      resource: url,
      hint: 'do not use this source before you know who changed it, or correct its public key',
    })
  }
}
