import type { Change } from './versions.ts'

/**
 * A change as LMDB holds it under its revision: flags (1 byte, 1: deleted), expiry in ms since 1970 (8, big-endian double, 0:
 * never), length of the key in bytes (2), key in UTF-8, value.
 */
const headerBytes = 11

export function encodeRecord({ key, value, expires }: Change): Buffer {
  const keyBytes = Buffer.byteLength(key)
  const record = Buffer.allocUnsafe(headerBytes + keyBytes + (value?.length ?? 0))
  record[0] = value ? 0 : 1
  record.writeDoubleBE(expires, 1)
  record.writeUInt16BE(keyBytes, 9)
  record.write(key, headerBytes)
  if (value) record.set(value, headerBytes + keyBytes)
  return record
}

/** The value in a record, without copying it. */
export const valueOfRecord = (record: Buffer): Uint8Array => record.subarray(headerBytes + record.readUInt16BE(9))

/** A record without its revision, which its place in the log gives. */
export function decodeRecord(record: Buffer): Omit<Change, 'revision'> {
  const end = headerBytes + record.readUInt16BE(9)
  return {
    key: record.toString('utf8', headerBytes, end),
    value: record[0] ? undefined : record.subarray(end),
    expires: record.readDoubleBE(1),
  }
}
