import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, bytes, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const Secret = core.kind('Secret', 'Passwords, tokens and keys, by key.', {
  metadata: ref(1, ObjectMeta),
  data: map(2, bytes, 'Values by key, in base64.'),
  type: string(3, 'What it is for, and so which keys it must have; Opaque for anything.').default('Opaque'),
  stringData: map(4, string, 'Values as they are, for writing: the server puts them into data.'),
  immutable: bool(5, 'True: the data cannot be changed any more.').explicit(),
})
export interface Secret extends TypeOf<typeof Secret> {}
export const SecretList = core.listOf(Secret)
export const Secrets = core.resource(Secret, 'secrets', { namespaced: true })
/** `stringData` is write-only: the server moves it into `data`. */
defaults(Secret, (secret) => {
  if (!secret.stringData) return
  const entries = Object.entries(secret.stringData).map(([key, text]) => [key, base64(text)])
  secret.data = { ...secret.data, ...Object.fromEntries(entries) }
  delete secret.stringData
})

function base64(text: string): string {
  let binary = ''
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
