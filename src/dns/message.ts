import { type Answer, encode, type OptAnswer } from 'dns-packet'

/** Codes of the header (RFC 1035, 4.1.1) and, from 16 on, of EDNS (RFC 6891). */
const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const

export interface Response {
  rcode: keyof typeof rcodes
  isAuthoritative?: boolean
  answers?: Answer[]
  authorities?: Answer[]
  additionals?: Answer[]
}

/** The largest message over UDP without EDNS, and any over TCP (RFC 1035, 4.2). */
const smallestUdp = 512
const largest = 65_535
const headerLength = 12
const bits = { response: 0x8000, authoritative: 0x400, truncated: 0x200, recursionAvailable: 0x80 }
/** Flags that a response copies from its query: operation, recursion desired, checking disabled. */
const kept = 0x7910

/** The longest reply that the query allows. */
export const sizeLimit = (transport: 'udp' | 'tcp', edns: OptAnswer | undefined): number =>
  transport === 'tcp' ? largest : Math.max(smallestUdp, edns?.udpPayloadSize ?? 0)

/**
 * The response to a query of one question, which comes back byte for byte. Names are compressed; records that do not fit
 * into `limit` are left out, and then the message says so (TC).
 */
export function encodeResponse(query: Uint8Array, response: Response, limit: number, edns?: OptAnswer): Buffer {
  const question = query.subarray(headerLength, questionEnd(query))
  const message = new Message(limit - (edns ? optLength : 0))
  message.question(question)
  const counts = [response.answers, response.authorities, response.additionals].map((records = []) =>
    message.records(records),
  )
  const rcode = rcodes[response.rcode]
  const [answers = 0, authorities = 0, additionals = 0] = counts
  const flags =
    bits.response |
    (flagsOf(query) & kept) |
    (response.isAuthoritative ? bits.authoritative : 0) |
    (message.isTruncated ? bits.truncated : 0) |
    bits.recursionAvailable |
    (rcode & 0xf)
  const header = Buffer.alloc(headerLength)
  header.set(query.subarray(0, 2))
  const fields = [flags, question.length > 0 ? 1 : 0, answers, authorities, additionals + (edns ? 1 : 0)]
  for (const [i, field] of fields.entries()) header.writeUInt16BE(field, 2 + 2 * i)
  return Buffer.concat([header, ...message.parts, ...(edns ? [optRecord(edns, rcode >> 4)] : [])])
}

/** Where the first question ends; 12 if there is none that can be read. */
function questionEnd(message: Uint8Array): number {
  let at = headerLength
  while (at < message.length) {
    const length = message[at] ?? 0
    if (length > 63) return headerLength
    at += 1 + length
    if (length === 0) return at + 4 <= message.length ? at + 4 : headerLength
  }
  return headerLength
}

const flagsOf = (message: Uint8Array) => ((message[2] ?? 0) << 8) | (message[3] ?? 0)

/** The kind of request; a query is 0. */
export const opcodeOf = (message: Uint8Array): number => (flagsOf(message) >> 11) & 0xf

export const isResponse = (message: Uint8Array): boolean => (flagsOf(message) & bits.response) !== 0

const optLength = 11

/** Echoes the query's size and DNSSEC flag. */
function optRecord({ udpPayloadSize, flag_do }: OptAnswer, extendedRcode: number): Buffer {
  const record = Buffer.alloc(optLength)
  record.writeUInt16BE(41, 1)
  record.writeUInt16BE(udpPayloadSize, 3)
  record[5] = extendedRcode
  record.writeUInt16BE(flag_do ? 0x8000 : 0, 7)
  return record
}

/** A message that is being written, after its header. Owners of records become pointers to names that came before. */
class Message {
  readonly parts: Uint8Array[] = []
  isTruncated = false
  private length = headerLength
  private readonly offsets = new Map<string, number>()
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  question(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.remember(labelsOf(bytes))
    this.add(bytes)
  }

  /** How many of them fit. */
  records(records: Answer[]): number {
    for (const [i, record] of records.entries()) {
      const whole = encode({ type: 'response', answers: [record] }).subarray(headerLength)
      const labels = labelsOf(whole)
      const owner = this.compressed(labels)
      const rest = whole.subarray(nameLength(labels))
      if (this.isTruncated || this.length + owner.length + rest.length > this.limit) {
        this.isTruncated = true
        return i
      }
      this.remember(labels)
      this.add(owner)
      this.add(rest)
    }
    return records.length
  }

  private add(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.length += bytes.length
  }

  /** Pointers have 14 bits. */
  private remember(labels: Buffer[]): void {
    let at = this.length
    for (const [i, label] of labels.entries()) {
      const key = keyOf(labels, i)
      if (this.offsets.has(key) || at > 0x3fff) return
      this.offsets.set(key, at)
      at += 1 + label.length
    }
  }

  private compressed(labels: Buffer[]): Buffer {
    const known = labels.findIndex((_, i) => this.offsets.has(keyOf(labels, i)))
    const head = known < 0 ? labels : labels.slice(0, known)
    const pointer = known < 0 ? undefined : this.offsets.get(keyOf(labels, known))
    const tail = pointer === undefined ? [0] : [0xc0 | (pointer >> 8), pointer & 0xff]
    return Buffer.concat([...head.flatMap((label) => [Buffer.of(label.length), label]), Buffer.from(tail)])
  }
}

/** The labels of the name that some bytes begin with. */
function labelsOf(bytes: Uint8Array): Buffer[] {
  const labels: Buffer[] = []
  for (let at = 0, length = bytes[0] ?? 0; length > 0; at += 1 + length, length = bytes[at] ?? 0) {
    labels.push(Buffer.from(bytes.subarray(at + 1, at + 1 + length)))
  }
  return labels
}

const nameLength = (labels: Buffer[]) => labels.reduce((sum, { length }) => sum + 1 + length, 1)

/** Of the labels from one on; names that differ in case only are kept apart, so that each keeps its own. */
const keyOf = (labels: Buffer[], from: number) =>
  labels
    .slice(from)
    .map((label) => label.toString('latin1'))
    .join('\0')
