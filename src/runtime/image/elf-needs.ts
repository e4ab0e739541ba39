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
const [DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH] = [1, 5, 15, 29]

interface Segment {
  type: number
  offset: number
  address: number
  size: number
}

/** Reads an ELF file's needs; undefined when it is none (a script, say). Source: the ELF specification (gABI). */
export function readElfNeeds(file: Uint8Array): ElfNeeds | undefined {
  if (file.length < 64 || file[0] !== 0x7f || file[1] !== 0x45 || file[2] !== 0x4c || file[3] !== 0x46) return undefined
  const is64 = file[4] === 2
  const little = file[5] === 1
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const u16 = (at: number) => view.getUint16(at, little)
  const u32 = (at: number) => view.getUint32(at, little)
  const word = (at: number) => (is64 ? Number(view.getBigUint64(at, little)) : u32(at))
  const text = (at: number) => {
    const end = file.indexOf(0, at)
    return new TextDecoder().decode(file.subarray(at, end < 0 ? file.length : end))
  }

  const table = word(is64 ? 32 : 28)
  const entrySize = u16(is64 ? 54 : 42)
  const count = u16(is64 ? 56 : 44)
  const segments: Segment[] = Array.from({ length: count }, (_, index) => {
    const at = table + index * entrySize
    return is64
      ? { type: u32(at), offset: word(at + 8), address: word(at + 16), size: word(at + 32) }
      : { type: u32(at), offset: u32(at + 4), address: u32(at + 8), size: u32(at + 16) }
  })
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const needs: ElfNeeds = {
    machine: u16(18),
    is64,
    ...(interpreter && { interpreter: text(interpreter.offset) }),
    needed: [],
    runPath: [],
  }

  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  if (!dynamic) return needs
  const step = is64 ? 16 : 8
  const entries = Array.from({ length: Math.floor(dynamic.size / step) }, (_, index) => {
    const at = dynamic.offset + index * step
    return { tag: word(at), value: word(at + step / 2) }
  })
  const strings = entries.find(({ tag }) => tag === DT_STRTAB)?.value ?? 0
  const home = segments.find((s) => s.type === PT_LOAD && strings >= s.address && strings < s.address + s.size)
  const base = home ? strings - home.address + home.offset : strings
  const all = (wanted: number) => entries.filter(({ tag }) => tag === wanted).map(({ value }) => text(base + value))
  needs.needed = all(DT_NEEDED)
  const runPath = all(DT_RUNPATH)
  needs.runPath = (runPath.length > 0 ? runPath : all(DT_RPATH)).flatMap((path) => path.split(':')).filter(Boolean)
  return needs
}
