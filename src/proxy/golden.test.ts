import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { play } from '../../test/support/proxy-play.ts'

/**
 * Each file of testdata plays a story: objects are applied and deleted, and the nft commands that follow from it stand
 * below. With UPDATE_GOLDEN=1 in the environment the files are written anew.
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
