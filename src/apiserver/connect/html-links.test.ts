import { expect, test } from 'vitest'
import { rewriteLinks } from './html-links.ts'

const rewritten = (html: string) => rewriteLinks(html, (url) => (url.startsWith('/') ? `/p${url}` : url))

test('links are rewritten, and nothing else', () => {
  expect(rewritten('<a href="/x">/x</a>')).toBe('<a href="/p/x">/x</a>')
  expect(rewritten(`<IMG alt="/x" SRC='/x.png'><script src=/x.js></script>`)).toBe(
    `<IMG alt="/x" SRC='/p/x.png'><script src="/p/x.js"></script>`,
  )
  for (const same of [
    '<a href="x">',
    '<p title="/x">',
    '<!-- <a href="/x"> -->',
    '<script>"<a href=\'/x\'>"</script>',
    '<a data-href="/x">',
    'a < b',
    '<a href="/x',
  ])
    expect(rewritten(same)).toBe(same)
  expect(rewritten('<a title=">" href="/x">')).toBe('<a title=">" href="/p/x">')
})
