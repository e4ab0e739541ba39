import { spawn } from 'node:child_process'

/** Runs a program to its end; returns its output. Rejects with its error output if it fails. */
export function runCommand(program: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' })
    const output: Buffer[] = []
    const errors: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.on('error', reject)
    child.stdin.on('error', () => {})
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(output).toString('utf8'))
      const text = Buffer.concat(errors).toString('utf8').trim().slice(0, 2000)
      reject(new Error(`${program} ${args.join(' ')}: ${text}`))
    })
    child.stdin.end(input)
  })
}
