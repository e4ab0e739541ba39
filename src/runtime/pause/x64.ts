/** One instruction: its bytes and what it means. A string in the bytes is a label, stored as one signed byte relative to the end of the instruction. */
type Instruction = [label: string, bytes: (number | string)[], meaning: string]

/** The signals INT (2), TERM (15) and CHLD (17) as bits, counted from 0. */
const signals = (1 << 1) | (1 << 14) | (1 << 16)

const program: Instruction[] = [
  ['', [0x6a, 0x08], 'push 8'],
  ['', [0x41, 0x5a], 'pop r10: the size of a signal set'],
  ['', [0x68, ...u32(signals)], 'push the signal set: 8 bytes on the stack'],
  ['', [0x54], 'push rsp'],
  ['', [0x5e], 'pop rsi: address of the set'],
  ['', [0x48, 0x89, 0xf3], 'mov rbx, rsi: kept for the loop'],
  ['', [0x31, 0xff], 'xor edi, edi: SIG_BLOCK'],
  ['', [0x31, 0xd2], 'xor edx, edx: the old set is not wanted'],
  ['', [0x6a, 14], 'push 14: rt_sigprocmask'],
  ['', [0x58], 'pop rax'],
  ['', [0x0f, 0x05], 'syscall'],
  ['wait', [0x48, 0x89, 0xdf], 'mov rdi, rbx: the set'],
  ['', [0x31, 0xf6], 'xor esi, esi: no details wanted'],
  ['', [0x31, 0xd2], 'xor edx, edx: no time-out'],
  ['', [0x6a, 0x08], 'push 8'],
  ['', [0x41, 0x5a], 'pop r10: the size of a signal set'],
  ['', [0xb8, ...u32(128)], 'mov eax, 128: rt_sigtimedwait'],
  ['', [0x0f, 0x05], 'syscall'],
  ['', [0x83, 0xf8, 17], 'cmp eax, SIGCHLD'],
  ['', [0x74, 'reap'], 'je reap'],
  ['', [0x85, 0xc0], 'test eax, eax'],
  ['', [0x78, 'wait'], 'js wait: interrupted'],
  ['', [0x31, 0xff], 'xor edi, edi: exit code 0'],
  ['', [0xb8, ...u32(231)], 'mov eax, 231: exit_group'],
  ['', [0x0f, 0x05], 'syscall'],
  ['reap', [0x6a, 0xff], 'push -1'],
  ['', [0x5f], 'pop rdi: any child'],
  ['', [0x31, 0xf6], 'xor esi, esi: its status is not wanted'],
  ['', [0x6a, 1], 'push 1'],
  ['', [0x5a], 'pop rdx: WNOHANG'],
  ['', [0x45, 0x31, 0xd2], 'xor r10d, r10d: nor its resource usage'],
  ['', [0x6a, 61], 'push 61: wait4'],
  ['', [0x58], 'pop rax'],
  ['', [0x0f, 0x05], 'syscall'],
  ['', [0x85, 0xc0], 'test eax, eax'],
  ['', [0x7f, 'reap'], 'jg reap: there may be more'],
  ['', [0xeb, 'wait'], 'jmp wait'],
]

/** The pause program for x86-64; system calls take rdi, rsi, rdx, r10 and the number in rax. */
export const x64: Uint8Array = assemble(program)

function assemble(instructions: Instruction[]): Uint8Array {
  const labels = new Map<string, number>()
  let length = 0
  for (const [label, bytes] of instructions) {
    labels.set(label, length)
    length += bytes.length
  }
  const code: number[] = []
  for (const [, bytes] of instructions) {
    const end = code.length + bytes.length
    code.push(...bytes.map((byte) => (typeof byte === 'number' ? byte : (labels.get(byte) ?? 0) - end)))
  }
  return Uint8Array.from(code, (byte) => byte & 0xff)
}

function u32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >> 24]
}
