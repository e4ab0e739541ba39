import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml'
import { setMember } from '../json/set-member.ts'
import { floatKey, isInteger, plainScalar, type YamlScalar } from './scalars.ts'

/** Something is wrong with a YAML text, at an offset in it, if that is known. */
export class YamlError extends Error {
  readonly offset: number | undefined

  constructor(message: string, offset?: number) {
    super(message)
    this.name = 'YamlError'
    this.offset = offset
  }
}

/** A key that occurs more than once in one object; the last one counts. */
export interface DuplicateKey {
  key: string
  offset: number
}

/**
 * The JSON value of a YAML document, by the rules of `sigs.k8s.io/yaml`: keys become texts, `<<` merges at its place (what
 * comes later wins), an alias is what its anchor named last. Values that aliases repeat are shared.
 * @throws YamlError for what JSON cannot say, for unknown anchors, and for aliases that would blow up
 */
export function jsonValueOf(root: Node | null, duplicates: DuplicateKey[]): unknown {
  return new Reader(duplicates).value(root)
}

interface Anchored {
  value: unknown
  /** How many values it is made of. */
  size: number
  node: Node
}

/** Below so many values aliases may be nearly all of them; from there to the second figure that share falls. */
const [fewValues, manyValues] = [400_000, 4_000_000]

class Reader {
  private readonly anchors = new Map<string, Anchored | 'open'>()
  private count = 0
  private repeated = 0
  private readonly duplicates: DuplicateKey[]

  constructor(duplicates: DuplicateKey[]) {
    this.duplicates = duplicates
  }

  value(node: unknown): unknown {
    this.count++
    if (isAlias(node)) return this.aliased(node).value
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor === undefined) return this.content(node)
    const before = this.count
    this.anchors.set(anchor, 'open')
    const value = this.content(node)
    this.anchors.set(anchor, { value, size: this.count - before + 1, node: node as Node })
    return value
  }

  private content(node: unknown): unknown {
    if (isMap(node)) return this.object(node)
    if (isSeq(node)) return node.items.map((item) => this.value(item))
    return isScalar(node) ? jsonScalar(node) : null
  }

  private aliased(alias: Alias): Anchored {
    const found = this.anchors.get(alias.source)
    if (!found) throw new YamlError(`unknown anchor '${alias.source}' referenced`, offsetOf(alias))
    if (found === 'open') throw new YamlError(`anchor '${alias.source}' value contains itself`, offsetOf(alias))
    this.count += found.size
    this.repeated += found.size
    const share = Math.min(1, Math.max(0, (this.count - fewValues) / (manyValues - fewValues)))
    if (this.count > 100 && this.repeated / this.count > 0.99 - share * 0.89)
      throw new YamlError('document contains excessive aliasing', offsetOf(alias))
    return found
  }

  private object(map: YAMLMap): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    const written = new Set<string>()
    for (const pair of map.items) {
      if (isMerge(pair)) {
        this.merge(object, pair.value)
        continue
      }
      const key = this.key(pair.key)
      const value = this.value(pair.value)
      if (written.has(key)) this.duplicates.push({ key, offset: offsetOf(pair.key) ?? 0 })
      written.add(key)
      setMember(object, key, value)
    }
    return object
  }

  private key(node: unknown): string {
    this.count++
    const target = isAlias(node) ? this.aliased(node).node : node
    if (target !== null && !isScalar(target)) throw new YamlError('invalid map key', offsetOf(node))
    const value = target === null ? null : scalarOf(target)
    if (target?.anchor !== undefined) this.anchors.set(target.anchor, { value, size: 1, node: target })
    if (value === null) throw new YamlError('unsupported map key of type: %!s(<nil>)', offsetOf(node))
    return typeof value === 'number' && !isInteger(textOf(target as Scalar)) ? floatKey(value) : String(value)
  }

  /** Of several objects, the first wins. */
  private merge(object: Record<string, unknown>, from: unknown): void {
    const sources = isSeq(from) ? from.items.toReversed() : [from]
    for (const source of sources) {
      const value = this.value(source)
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new YamlError('map merge requires map or sequence of maps as the value', offsetOf(source))
      for (const [key, member] of Object.entries(value)) setMember(object, key, member)
    }
  }
}

const isMerge = ({ key }: Pair): boolean =>
  isScalar(key) && textOf(key) === '<<' && (key.tag === `${yamlTag}merge` || (key.tag === undefined && isPlain(key)))

const offsetOf = (node: unknown): number | undefined => (node as Partial<Node> | null)?.range?.[0]

const yamlTag = 'tag:yaml.org,2002:'
const isPlain = ({ type }: Scalar): boolean => type === 'PLAIN' || type === undefined
const textOf = ({ value }: Scalar): string => (typeof value === 'string' ? value : '')

function jsonScalar(node: Scalar): YamlScalar {
  const value = scalarOf(node)
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  const name = Number.isNaN(value) ? 'NaN' : value < 0 ? '-Inf' : '+Inf'
  throw new YamlError(`json: unsupported value: ${name}`, offsetOf(node))
}

/** The types that a tag may ask for, and what is of them. */
const tagged: Record<string, (value: YamlScalar, text: string) => boolean> = {
  null: (value) => value === null,
  bool: (value) => typeof value === 'boolean',
  int: (value, text) => (typeof value === 'number' || typeof value === 'bigint') && isInteger(text),
  float: (value) => typeof value === 'number' || typeof value === 'bigint',
}

function scalarOf(node: Scalar): YamlScalar {
  const text = textOf(node)
  if (node.tag === undefined) return isPlain(node) ? plainScalar(text) : text
  const type = node.tag.startsWith(yamlTag) ? node.tag.slice(yamlTag.length) : ''
  if (type === 'binary') return fromBase64(node, text)
  const isRight = Object.hasOwn(tagged, type) ? tagged[type] : undefined
  if (!isRight) return text
  const value = plainScalar(text)
  if (isRight(value, text)) return value
  throw new YamlError(`cannot decode ${typeOf(value, text)} \`${text}\` as a !!${type}`, offsetOf(node))
}

const typeOf = (value: YamlScalar, text: string): string =>
  `!!${Object.keys(tagged).find((type) => tagged[type]?.(value, text)) ?? 'str'}`

/** JSON has texts only: bytes that are no UTF-8 are lost. */
function fromBase64(node: Scalar, text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)))
  } catch {
    throw new YamlError('!!binary value contains invalid base64 data', offsetOf(node))
  }
}
