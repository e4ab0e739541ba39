import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { play } from '../../test/support/proxy-play.ts'

/**
 * Each file of testdata applies and deletes objects, with the resulting nft commands below. UPDATE_GOLDEN=1 in the
 * environment rewrites the files.
 */
const folder = join(import.meta.dirname, 'testdata')

for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
  test(name.replace('.txt', '').replaceAll('-', ' '), () => {
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    const { transcript } = play(text)
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, transcript)
    else expect(transcript.split('\n')).toEqual(text.split('\n'))
  })
}
