/** The attributes of HTML that hold URLs, by element. */
const links: Record<string, readonly string[]> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

const attributes = /(?<![^\s"'/])([^\s"'<>/=]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g

/** The HTML with every link put through `rewrite`; all else stays as it is. One pass over any text. */
export function rewriteLinks(html: string, rewrite: (url: string) => string): string {
  let out = ''
  let copied = 0
  let at = 0
  for (;;) {
    const open = html.indexOf('<', at)
    if (open < 0) break
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open)
      if (end < 0) break
      at = end + 3
      continue
    }
    const element = /^[a-z][a-z0-9-]*/i.exec(html.slice(open + 1, open + 41))?.[0].toLowerCase()
    if (!element) {
      at = open + 1
      continue
    }
    const close = tagEnd(html, open + 1)
    if (close < 0) break
    const names = links[element]
    if (names) {
      out += html.slice(copied, open) + rewriteTag(html.slice(open, close), names, rewrite)
      copied = close
    }
    at = close
    if (element === 'script' || element === 'style') {
      const rest = new RegExp(`</${element}`, 'gi')
      rest.lastIndex = close
      const end = rest.exec(html)
      if (!end) break
      at = end.index
    }
  }
  return out + html.slice(copied)
}

/** Where the `>` of a tag stands, outside of quotes; -1 where there is none. */
function tagEnd(html: string, from: number): number {
  let quote = ''
  for (let at = from; at < html.length; at++) {
    const char = html[at] ?? ''
    if (quote) quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '>') return at
  }
  return -1
}

function rewriteTag(tag: string, names: readonly string[], rewrite: (url: string) => string): string {
  return tag.replace(
    attributes,
    (attribute: string, name: string, equals: string, double?: string, single?: string, bare?: string) => {
      if (!names.includes(name.toLowerCase())) return attribute
      const url = double ?? single ?? bare ?? ''
      const rewritten = rewrite(url)
      if (rewritten === url) return attribute
      const quote = single === undefined ? '"' : "'"
      return `${name}${equals}${quote}${rewritten}${quote}`
    },
  )
}
