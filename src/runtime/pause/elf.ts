const address = 0x400000
const headerSize = 64
const segmentSize = 56

/** The least static executable of 64-bit Linux: one header, one segment that holds the whole file, entry at the code. */
export function elf(machine: number, code: Uint8Array): Uint8Array {
  const size = headerSize + segmentSize + code.length
  const file = new Uint8Array(size)
  const view = new DataView(file.buffer)
  const u16 = (at: number, value: number) => view.setUint16(at, value, true)
  const u32 = (at: number, value: number) => view.setUint32(at, value, true)
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true)

  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // magic; 64 bits, little endian, version 1
  u16(16, 2) // executable, at a fixed address
  u16(18, machine)
  u32(20, 1) // version
  u64(24, address + headerSize + segmentSize) // entry
  u64(32, headerSize) // the segment table follows
  u16(52, headerSize)
  u16(54, segmentSize)
  u16(56, 1) // segments
  u16(58, 64) // size of a section header, of which there are none

  const segment = headerSize
  u32(segment, 1) // load
  u32(segment + 4, 5) // readable, executable
  u64(segment + 16, address) // virtual
  u64(segment + 24, address) // physical
  u64(segment + 32, size) // in the file
  u64(segment + 40, size) // in memory
  u64(segment + 48, 0x10000) // alignment: the largest page of arm64

  file.set(code, headerSize + segmentSize)
  return file
}
