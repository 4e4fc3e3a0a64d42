/**
 * Payloads encrypted with AES-256-GCM, under keys that are rotated: the newest one writes, all of them read.
 *
 * What is stored of a value is its nonce, its tag and the ciphertext; the id of its key stands beside it. Instance and place are
 * authenticated too, so a value that somebody copies to another instance or event is refused.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { Effect } from "effect"
import { PayloadCodecError, type PayloadCodec, type PayloadPlace } from "@waymark/interpreter"

/** Keys of 32 bytes by their ids, the one that writes first. Keep an old key for as long as anything it wrote is to be read. */
export type Keyring = readonly [Key, ...ReadonlyArray<Key>]

/** An id is stored in plain: it names the key and says nothing of it. */
export interface Key {
  readonly id: string
  readonly bytes: Uint8Array
}

const CIPHER = "aes-256-gcm"
const NONCE = 12
const TAG = 16

/** What has to be the same when a value is read. */
const bound = (id: string, { instance, item }: PayloadPlace): Buffer =>
  Buffer.from(JSON.stringify([id, instance, item]))

const encrypt = ({ bytes, id }: Key, text: string, place: PayloadPlace): Uint8Array => {
  // Random nonces of 96 bits are good for some 2³² values under one key: rotate before that.
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(CIPHER, bytes, nonce)
  cipher.setAAD(bound(id, place))
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted])
}

const decrypt = ({ bytes, id }: Key, data: Uint8Array, place: PayloadPlace): string => {
  const decipher = createDecipheriv(CIPHER, bytes, data.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(bound(id, place))
  decipher.setAuthTag(data.subarray(NONCE, NONCE + TAG))
  return Buffer.concat([decipher.update(data.subarray(NONCE + TAG)), decipher.final()]).toString("utf8")
}

/** The codec of a keyring. */
export const codec = (keyring: Keyring): PayloadCodec => {
  const [newest] = keyring
  return {
    encode: (text, place) => Effect.sync(() => ({ key: newest.id, data: encrypt(newest, text, place) })),
    decode: ({ data, key: id }, place) => {
      const key = keyring.find((key) => key.id === id)
      if (key === undefined) {
        return Effect.fail(new PayloadCodecError({ reason: `the keyring has no key "${id}"`, retryable: false }))
      }
      return Effect.try({
        try: () => decrypt(key, data, place),
        catch: (cause) => {
          const reason = "it was changed or moved, or the key of this id is another one"
          return new PayloadCodecError({ reason, retryable: false, cause })
        }
      })
    }
  }
}
