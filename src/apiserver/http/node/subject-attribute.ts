/**
 * The value of an attribute of a certificate's subject, by its object identifier: `1.3.6.1.4.1.57683.2`. Node's own parser
 * leaves out the types that it does not know. `certificate`: DER. Undefined: it has none.
 */
export function subjectAttribute(certificate: Uint8Array, identifier: string): string | undefined {
  const wanted = encodedIdentifier(identifier)
  // Reading the whole structure is for the few that can have it.
  if (!Buffer.from(certificate.buffer, certificate.byteOffset, certificate.length).includes(wanted)) return undefined
  const [outer] = elements(certificate)
  const [body] = outer ? elements(outer.content) : []
  const fields = body ? elements(body.content) : []
  // Version (optional), serial number, algorithm, issuer, validity, subject.
  const subject = fields[fields[0]?.tag === versionTag ? 5 : 4]
  for (const set of subject ? elements(subject.content) : [])
    for (const attribute of elements(set.content)) {
      const [type, value] = elements(attribute.content)
      if (type && value && Buffer.compare(type.content, wanted) === 0) return new TextDecoder().decode(value.content)
    }
  return undefined
}

const versionTag = 0xa0

interface Element {
  tag: number
  content: Uint8Array
}

/** The elements of DER one after the other. */
function elements(der: Uint8Array): Element[] {
  const found: Element[] = []
  let at = 0
  while (at + 2 <= der.length) {
    const tag = der[at] ?? 0
    let length = der[at + 1] ?? 0
    at += 2
    if (length >= 0x80) {
      const bytes = length & 0x7f
      length = 0
      for (let i = 0; i < bytes; i++) length = length * 256 + (der[at + i] ?? 0)
      at += bytes
    }
    found.push({ tag, content: der.subarray(at, at + length) })
    at += length
  }
  return found
}

/** An object identifier in DER, without tag and length. */
function encodedIdentifier(identifier: string): Buffer {
  const [first = 0, second = 0, ...rest] = identifier.split('.').map(Number)
  return Buffer.from([first * 40 + second, ...rest].flatMap(base128))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80)
  return bytes
}
