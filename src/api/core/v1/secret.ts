import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, bytes, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { core } from './package.ts'

export const Secret = core.kind('Secret', {
  metadata: ref(1, ObjectMeta),
  data: map(2, bytes),
  type: string(3).default('Opaque'),
  stringData: map(4, string),
  immutable: bool(5).explicit(),
})
export interface Secret extends TypeOf<typeof Secret> {}
export const SecretList = core.listOf(Secret)
export const Secrets = core.resource(Secret, 'secrets', { namespaced: true })
/** `stringData` is for writing only: it goes into `data`. */
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
