import { spawn } from 'node:child_process'

/** Runs nft commands as one transaction: all of them or none. */
export async function runNft(script: string): Promise<void> {
  await run('nft', ['-f', '-'], script)
}

/** Removes a table if it is there. */
export async function deleteTable(table: string): Promise<void> {
  await runNft(`add table ip ${table}\ndelete table ip ${table}\n`)
}

/**
 * Forgets the connections that go to `targetIp` by way of `serviceIp`: UDP has no end of its own, so that a client would
 * go on talking to an endpoint that is gone.
 */
export async function forgetConnections(serviceIp: string, targetIp: string): Promise<void> {
  const args = ['-D', '--orig-dst', serviceIp, '--dst-nat', targetIp, '-p', 'udp']
  // conntrack fails when there was none to forget.
  await run('conntrack', args).catch(() => {})
}

function run(program: string, args: string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] })
    const errors: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
    child.on('error', reject)
    child.stdin.on('error', () => {})
    child.on('close', (code) => {
      if (code === 0) return resolve()
      reject(new Error(`${program} ${args.join(' ')}: ${Buffer.concat(errors).toString('utf8').trim().slice(0, 2000)}`))
    })
    child.stdin.end(input)
  })
}
