import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const home = resolve(import.meta.dirname, '..')
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: home, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => existsSync(join(home, page)))

/** What GitHub makes of headings: `Jest and node:test` becomes `jest-and-nodetest`. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(home, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  const broken = links.filter((link) => {
    if (/^\w+:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path ? resolve(home, dirname(page), path) : join(home, page)
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })
  expect(broken).toEqual([])
})

test('every file that ARCHITECTURE.md names is there', () => {
  const text = readFileSync(join(home, 'ARCHITECTURE.md'), 'utf8')
  const files = execFileSync('git', ['ls-files'], { cwd: home, encoding: 'utf8' }).trim().split('\n')
  const named = [...text.matchAll(/[\w/-]+\.ts\b/g)].map(([name]) => name)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([])
})
