/** A value as it was, and a mark of the key that had encrypted it. */
export interface Plain {
  value: Uint8Array
  /** Equal to the transformer's own `mark` if a write today would use the same key. */
  mark: string
}

/**
 * Encrypts values before they are stored. The forms are upstream's, so that both servers read the same etcd. `key`: the whole
 * key of the value in the store, which authenticated forms bind it to.
 */
export interface Transformer {
  /** What its values begin with: `k8s:enc:aescbc:v1:key1:`. Empty: values stay as they are. */
  readonly prefix: string
  /** Changes when values should be written anew. */
  readonly mark: string
  /** Takes the value after `prefix`. @throws Error when it is not of this key */
  decrypt(stored: Uint8Array, key: string): Plain | Promise<Plain>
  /** Returns what follows `prefix`. */
  encrypt(value: Uint8Array, key: string): Uint8Array | Promise<Uint8Array>
}

const anyPrefix = Buffer.from('k8s:enc:')

/** Whether a stored value is encrypted, by whatever means. */
const isEncrypted = (stored: Uint8Array): boolean => startsWith(stored, anyPrefix)

export function startsWith(value: Uint8Array, start: Uint8Array): boolean {
  // Objects begin with `{`, or with the k of `k8s\0`: most values fail at the first byte, or the fourth.
  for (let i = 0; i < start.length; i++) if (value[i] !== start[i]) return false
  return true
}

/** Leaves values as they are. */
export const identity: Transformer = {
  prefix: '',
  mark: '',
  encrypt: (value) => value,
  decrypt(stored) {
    if (isEncrypted(stored)) throw new Error('identity transformer tried to read encrypted data')
    return { value: stored, mark: '' }
  },
}
