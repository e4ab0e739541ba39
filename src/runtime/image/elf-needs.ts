/** What a program asks of the dynamic linker. */
export interface ElfNeeds {
  machine: number
  is64: boolean
  /** PT_INTERP: the dynamic linker; absent in a static program. */
  interpreter?: string
  /** DT_NEEDED: names of shared libraries. */
  needed: string[]
  /** DT_RUNPATH or DT_RPATH, `$ORIGIN` not replaced. */
  runPath: string[]
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3]
const [DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_RPATH, DT_RUNPATH] = [1, 5, 10, 15, 29]

interface Segment {
  type: number
  offset: number
  address: number
  size: number
}

/** Part of a file; shorter at its end. */
export type ReadPart = (offset: number, length: number) => Buffer

/**
 * Reads an ELF file's needs and no more of the file; undefined for other files (a script, say). Source: the ELF
 * specification (gABI).
 */
export function readElfNeeds(read: ReadPart): ElfNeeds | undefined {
  const head = read(0, 64)
  if (head.length < 64 || head.toString('latin1', 0, 4) !== '\x7fELF') return undefined
  const is64 = head[4] === 2
  const little = head[5] === 1
  const u16 = (bytes: Buffer, at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (bytes: Buffer, at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const u64 = (bytes: Buffer, at: number) => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  const word = is64 ? u64 : u32

  const entrySize = u16(head, is64 ? 54 : 42)
  const count = u16(head, is64 ? 56 : 44)
  const table = read(word(head, is64 ? 32 : 28), entrySize * count)
  const segments: Segment[] = Array.from({ length: count }, (_, index) => {
    const at = index * entrySize
    return is64
      ? { type: u32(table, at), offset: u64(table, at + 8), address: u64(table, at + 16), size: u64(table, at + 32) }
      : { type: u32(table, at), offset: u32(table, at + 4), address: u32(table, at + 8), size: u32(table, at + 16) }
  })
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const needs: ElfNeeds = {
    machine: u16(head, 18),
    is64,
    ...(interpreter && { interpreter: textAt(read(interpreter.offset, interpreter.size), 0) }),
    needed: [],
    runPath: [],
  }

  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  if (!dynamic) return needs
  const step = is64 ? 16 : 8
  const section = read(dynamic.offset, dynamic.size)
  const entries = Array.from({ length: Math.floor(section.length / step) }, (_, index) => ({
    tag: word(section, index * step),
    value: word(section, index * step + step / 2),
  }))
  const first = (wanted: number) => entries.find(({ tag }) => tag === wanted)?.value ?? 0
  const address = first(DT_STRTAB)
  const home = segments.find((s) => s.type === PT_LOAD && address >= s.address && address < s.address + s.size)
  const strings = read(home ? address - home.address + home.offset : address, first(DT_STRSZ))
  const all = (wanted: number) => entries.filter(({ tag }) => tag === wanted).map(({ value }) => textAt(strings, value))
  needs.needed = all(DT_NEEDED)
  const runPath = all(DT_RUNPATH)
  needs.runPath = (runPath.length > 0 ? runPath : all(DT_RPATH)).flatMap((path) => path.split(':')).filter(Boolean)
  return needs
}

function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at)
  return bytes.toString('utf8', at, end < 0 ? bytes.length : end)
}
