import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { play } from './testdata/play.ts'

/**
 * Each file of testdata plays a story: objects are applied and deleted, and the nft commands that follow from it stand
 * below. `vitest -u` writes them anew.
 */
const folder = join(import.meta.dirname, 'testdata')

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  test(file.replace('.txt', '').replaceAll('-', ' '), async () => {
    const text = readFileSync(join(folder, file), 'utf8')
    const { transcript } = play(text)
    await expect(transcript).toMatchFileSnapshot(join(folder, file))
  })
}
