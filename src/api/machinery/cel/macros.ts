import type { Bind, Call, Expr, Fold } from './ast.ts'
import { SyntaxIssue } from './source.ts'

/** What a call stands for, if it is one of a macro; undefined for a call of a function. @throws SyntaxIssue */
export function expandMacro(call: Call): Expr | undefined {
  const { name, target, args } = call
  if (!target) return name === 'has' && args.length === 1 ? presence(call) : undefined
  const key = `${name}/${args.length}`
  return Object.hasOwn(macros, key) ? macros[key]?.(call, target) : undefined
}

function presence({ args, at }: Call): Expr {
  const [arg] = args
  if (arg?.kind !== 'select' || arg.test || arg.optional)
    throw new SyntaxIssue(arg?.at ?? at, 'invalid argument to has() macro')
  return { ...arg, test: true }
}

/** `cel.bind(name, value, body)`; undefined for any other call. @throws SyntaxIssue */
export function binding({ name, target, args, at }: Call): Expr | undefined {
  const [variable, value, body] = args
  if (name !== 'bind' || target?.kind !== 'ident' || target.name !== 'cel' || !variable || !value || !body)
    return undefined
  if (variable.kind !== 'ident')
    throw new SyntaxIssue(variable.at, 'cel.bind() variable names must be simple identifiers')
  return { kind: 'bind', name: variable.name, value, body, at }
}

type Macro = (call: Call, target: Expr) => Expr

/** The macros of a target, by name and number of arguments. */
const macros: Readonly<Record<string, Macro>> = {
  'all/2': one('all', 'condition'),
  'exists/2': one('exists', 'condition'),
  'exists_one/2': one('existsOne', 'condition'),
  'existsOne/2': one('existsOne', 'condition'),
  'map/2': one('map', 'transform'),
  'map/3': one('map', 'condition', 'transform'),
  'filter/2': one('filter', 'condition'),
  'all/3': two('all', 'condition'),
  'exists/3': two('exists', 'condition'),
  'exists_one/3': two('existsOne', 'condition'),
  'existsOne/3': two('existsOne', 'condition'),
  'transformList/3': two('transformList', 'transform'),
  'transformList/4': two('transformList', 'condition', 'transform'),
  'transformMap/3': two('transformMap', 'transform'),
  'transformMap/4': two('transformMap', 'condition', 'transform'),
  'transformMapEntry/3': two('transformMapEntry', 'transform'),
  'transformMapEntry/4': two('transformMapEntry', 'condition', 'transform'),
  'sortBy/2': sortBy,
  'optMap/2': optional((value, at) => ({
    kind: 'call',
    name: 'of',
    target: { kind: 'ident', name: 'optional', at },
    args: [value],
    at,
  })),
  'optFlatMap/2': optional((value) => value),
}

/** `list.sortBy(e, key)` sorts the list by the list of the keys, which is made first. */
function sortBy({ args, at }: Call, target: Expr): Expr {
  const [name, key = target] = args
  const held = `#list@${at}`
  const list: Expr = { kind: 'ident', name: held, at }
  const keys: Expr = { kind: 'fold', macro: 'map', range: list, variables: [variable(name, at)], transform: key, at }
  const body: Expr = { kind: 'call', name: '@sortByAssociatedKeys', target: list, args: [keys], at }
  return { kind: 'bind', name: held, value: target, body, at }
}

type Part = 'condition' | 'transform'

function one(macro: Fold['macro'], ...parts: Part[]): Macro {
  return ({ args, at }, range) => {
    const [name, ...rest] = args
    return { kind: 'fold', macro, range, variables: [variable(name, at)], ...named(parts, rest), at }
  }
}

function two(macro: Fold['macro'], ...parts: Part[]): Macro {
  return ({ args, at }, range) => {
    const [first, second, ...rest] = args
    const names = [variable(first, at), variable(second, at)] as const
    if (names[0] === names[1]) throw new SyntaxIssue(second?.at ?? at, `duplicate variable name: ${names[1]}`)
    return { kind: 'fold', macro, range, variables: names, ...named(parts, rest), at }
  }
}

const named = (parts: readonly Part[], exprs: readonly Expr[]): Pick<Fold, Part> =>
  Object.fromEntries(parts.map((part, i) => [part, exprs[i]]))

/** The name that a macro gives to what it goes through. */
function variable(expr: Expr | undefined, at: number): string {
  if (expr?.kind !== 'ident') throw new SyntaxIssue(expr?.at ?? at, 'argument must be a simple name')
  return expr.name
}

/** `x.optMap(v, e)` is `x.hasValue() ? optional.of(e) : optional.none()`, where v stands for the value of x. */
function optional(made: (value: Expr, at: number) => Expr): Macro {
  return ({ args, at }, target) => {
    const [name, body = target] = args
    if (name?.kind !== 'ident')
      throw new SyntaxIssue(name?.at ?? at, 'optMap() variable name must be a simple identifier')
    const held = `#${name.name}@${at}`
    const holder: Expr = { kind: 'ident', name: held, at }
    const member = (method: string): Expr => ({ kind: 'call', name: method, target: holder, args: [], at })
    const inner: Bind = { kind: 'bind', name: name.name, value: member('value'), body, at }
    const none: Expr = { kind: 'call', name: 'none', target: { kind: 'ident', name: 'optional', at }, args: [], at }
    const choice: Expr = { kind: 'call', name: '_?_:_', args: [member('hasValue'), made(inner, at), none], at }
    return { kind: 'bind', name: held, value: target, body: choice, at }
  }
}
