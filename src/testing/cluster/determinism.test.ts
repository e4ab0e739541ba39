import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { eventfulAfternoon } from '../../../test/support/eventful-afternoon.ts'

const program = `
  import { eventfulAfternoon } from ${JSON.stringify(join(import.meta.dirname, '../../../test/support/eventful-afternoon.ts'))}
  console.log((await eventfulAfternoon('a seed')).join('\\n'))
`

/** In a process of its own, as another test run would be. */
async function elsewhere(): Promise<string[]> {
  const options = { maxBuffer: 64 << 20 }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], options)
  return stdout.trimEnd().split('\n')
}

test('the same seed gives the same timeline, again and again, and in another process', async () => {
  const first = await eventfulAfternoon('a seed')
  const others: string[][] = []
  expect(first.length).toBeGreaterThan(1000)
  for (let round = 0; round < 2; round++) others.push(await eventfulAfternoon('a seed'))
  others.push(await elsewhere())
  for (const other of others) expect(other).toEqual(first)
  expect(await eventfulAfternoon('another seed')).not.toEqual(first)
}, 60_000)
