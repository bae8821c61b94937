import { createCleartextMessage, decryptKey, readPrivateKey, sign } from 'openpgp'
import { NotValidError } from '../environ/errors.ts'
import type { SigningKey } from './write.ts'

/** @throws NotValidError when the key cannot be read or unlocked */
export async function clearSign(text: string, { privateKey, passphrase }: SigningKey): Promise<string> {
  try {
    const locked = await readPrivateKey({ armoredKey: privateKey })
    const signingKeys = locked.isDecrypted()
      ? locked
      : await decryptKey({ privateKey: locked, passphrase: passphrase ?? '' })
    return await sign({ message: await createCleartextMessage({ text }), signingKeys })
  } catch (error) {
    throw new NotValidError('the key to sign with cannot be used', {
      cause: error,
      hint: 'give an armoured private key, and its passphrase if it has one',
    })
  }
}
