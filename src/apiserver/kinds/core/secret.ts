import { type Secret, Secrets } from '../../../api/core/v1/index.ts'
import { define } from '../define.ts'
import { column, nameAndAge } from '../table.ts'

export const secrets = define<Secret>({
  type: Secrets,
  singular: 'secret',
  generation: 'none',
  selectableFields: { type: (secret) => secret.type ?? '' },
  // stringData is write-only: it goes into data.
  prepareForCreate: encodeStringData,
  prepareForUpdate: encodeStringData,
  columns: nameAndAge(
    column('Type', (secret) => secret.type ?? ''),
    column('Data', (secret) => String(Object.keys(secret.data ?? {}).length)),
  ),
})

function encodeStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret
  if (!stringData) return secret
  const encoded = Object.entries(stringData).map(([key, text]) => [key, base64(text)])
  return { ...rest, data: { ...rest.data, ...Object.fromEntries(encoded) } }
}

const base64 = (text: string) => new TextEncoder().encode(text).toBase64()
