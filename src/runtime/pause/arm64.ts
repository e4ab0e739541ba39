/** One instruction: its word, or a branch to a label, and what it means. */
type Instruction = [label: string, word: number | Branch, meaning: string]
type Branch = { to: string } & ({ always: true } | { condition: number })

/** The signals INT (2), TERM (15) and CHLD (17) as bits, counted from 0: the low and the high half word. */
const signals = [(1 << 1) | (1 << 14), 1] as const
const [equal, less, greater] = [0, 11, 12]

const program: Instruction[] = [
  ['', mov(19, signals[0]), 'mov x19, the low 16 bits of the signal set'],
  ['', 0xf2a00000 | (signals[1] << 5) | 19, 'movk x19, the next 16 bits, lsl 16'],
  ['', 0xf81f0ff3, 'str x19, [sp, -16]!: the set on the stack'],
  ['', mov(0, 0), 'mov x0, SIG_BLOCK'],
  ['', 0x910003e1, 'mov x1, sp: the set'],
  ['', mov(2, 0), 'mov x2, 0: the old set is not wanted'],
  ['', mov(3, 8), 'mov x3, 8: the size of a signal set'],
  ['', mov(8, 135), 'mov x8, 135: rt_sigprocmask'],
  ['', 0xd4000001, 'svc 0'],
  ['wait', 0x910003e0, 'mov x0, sp: the set'],
  ['', mov(1, 0), 'mov x1, 0: no details wanted'],
  ['', mov(2, 0), 'mov x2, 0: no time-out'],
  ['', mov(3, 8), 'mov x3, 8: the size of a signal set'],
  ['', mov(8, 137), 'mov x8, 137: rt_sigtimedwait'],
  ['', 0xd4000001, 'svc 0'],
  ['', compare(17), 'cmp w0, SIGCHLD'],
  ['', { to: 'reap', condition: equal }, 'b.eq reap'],
  ['', compare(0), 'cmp w0, 0'],
  ['', { to: 'wait', condition: less }, 'b.lt wait: interrupted'],
  ['', mov(0, 0), 'mov x0, 0: exit code'],
  ['', mov(8, 94), 'mov x8, 94: exit_group'],
  ['', 0xd4000001, 'svc 0'],
  ['reap', 0x92800000, 'mov x0, -1: any child'],
  ['', mov(1, 0), 'mov x1, 0: its status is not wanted'],
  ['', mov(2, 1), 'mov x2, WNOHANG'],
  ['', mov(3, 0), 'mov x3, 0: nor its resource usage'],
  ['', mov(8, 260), 'mov x8, 260: wait4'],
  ['', 0xd4000001, 'svc 0'],
  ['', compare(0), 'cmp w0, 0'],
  ['', { to: 'reap', condition: greater }, 'b.gt reap: there may be more'],
  ['', { to: 'wait', always: true }, 'b wait'],
]

/** The pause program for arm64; system calls take x0 to x3 and the number in x8. */
export const arm64: Uint8Array = assemble(program)

function mov(register: number, value: number): number {
  return 0xd2800000 | (value << 5) | register
}

/** Of w0 with a number. */
function compare(value: number): number {
  return 0x7100001f | (value << 10)
}

function assemble(instructions: Instruction[]): Uint8Array {
  const labels = new Map(instructions.map(([label], index) => [label, index]))
  const code = new DataView(new ArrayBuffer(instructions.length * 4))
  for (const [index, [, word]] of instructions.entries())
    code.setUint32(index * 4, typeof word === 'number' ? word : branch(word, (labels.get(word.to) ?? 0) - index), true)
  return new Uint8Array(code.buffer)
}

/** `distance` is counted in instructions. */
function branch(to: Branch, distance: number): number {
  return 'always' in to ? 0x14000000 | (distance & 0x3ffffff) : 0x54000000 | ((distance & 0x7ffff) << 5) | to.condition
}
