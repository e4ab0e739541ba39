/** What upstream's library makes of JSON patches: each outcome was taken from the library itself, v4.13. */
export type PatchCase = [what: string, document: unknown, patch: unknown, outcome: unknown]

export class Refusal {
  readonly code: number
  readonly why: string
  constructor(code: number, why: string) {
    this.code = code
    this.why = why
  }
}

const refused = (code: number, why: string) => new Refusal(code, why)

/** `add`, and how paths are read. */
export const adding: PatchCase[] = [
  ['add a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['add replaces a member', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
  ['add a null member', { a: 1 }, [{ op: 'add', path: '/b', value: null }], { a: 1, b: null }],
  ['add without a value', { a: 1 }, [{ op: 'add', path: '/b' }], { a: 1, b: null }],
  [
    'add below what is absent',
    { a: 1 },
    [{ op: 'add', path: '/b/c', value: 2 }],
    refused(422, 'add operation does not apply: doc is missing path: "/b/c": missing value'),
  ],
  [
    'add below a number',
    { a: 1 },
    [{ op: 'add', path: '/a/c', value: 2 }],
    refused(422, 'add operation does not apply: doc is missing path: "/a/c": missing value'),
  ],
  [
    'add below a text',
    { a: 'x' },
    [{ op: 'add', path: '/a/c', value: 2 }],
    refused(422, 'add operation does not apply: doc is missing path: "/a/c": missing value'),
  ],
  [
    'add below null',
    { a: null },
    [{ op: 'add', path: '/a/c', value: 2 }],
    refused(422, 'add operation does not apply: doc is missing path: "/a/c": missing value'),
  ],
  [
    'add below an added null',
    {},
    [
      { op: 'add', path: '/a', value: null },
      { op: 'add', path: '/a/c', value: 2 },
    ],
    refused(422, 'add operation does not apply: doc is missing path: "/a/c": missing value'),
  ],
  [
    'add the whole',
    { a: 1 },
    [{ op: 'add', path: '', value: { b: 1 } }],
    refused(422, 'add operation does not apply: doc is missing path: "": missing value'),
  ],
  ['add the empty name', { a: 1 }, [{ op: 'add', path: '/', value: 2 }], { '': 2, a: 1 }],
  [
    'add without a leading slash',
    { a: 1 },
    [{ op: 'add', path: 'b', value: 2 }],
    refused(422, 'add operation does not apply: doc is missing path: "b": missing value'),
  ],
  [
    'what stands before the first slash does not count',
    { a: {} },
    [{ op: 'add', path: 'x/a/b', value: 2 }],
    { a: { b: 2 } },
  ],
  ['add at the front', { l: [1, 2] }, [{ op: 'add', path: '/l/0', value: 9 }], { l: [9, 1, 2] }],
  ['add in the middle', { l: [1, 2] }, [{ op: 'add', path: '/l/1', value: 9 }], { l: [1, 9, 2] }],
  ['add at the length', { l: [1, 2] }, [{ op: 'add', path: '/l/2', value: 9 }], { l: [1, 2, 9] }],
  [
    'add past the length',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/3', value: 9 }],
    refused(422, "error in add for path: '/l/3': Unable to access invalid index: 3: invalid index referenced"),
  ],
  ['add at -', { l: [1, 2] }, [{ op: 'add', path: '/l/-', value: 9 }], { l: [1, 2, 9] }],
  ['add at - of an empty list', { l: [] }, [{ op: 'add', path: '/l/-', value: 9 }], { l: [9] }],
  ['add at -1 appends', { l: [1, 2] }, [{ op: 'add', path: '/l/-1', value: 9 }], { l: [1, 2, 9] }],
  ['add at -2', { l: [1, 2] }, [{ op: 'add', path: '/l/-2', value: 9 }], { l: [1, 9, 2] }],
  ['add at -3, the front', { l: [1, 2] }, [{ op: 'add', path: '/l/-3', value: 9 }], { l: [9, 1, 2] }],
  [
    'add before the front',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/-4', value: 9 }],
    refused(422, "error in add for path: '/l/-4': Unable to access invalid index: -4: invalid index referenced"),
  ],
  ['add at 01', { l: [1, 2] }, [{ op: 'add', path: '/l/01', value: 9 }], { l: [1, 9, 2] }],
  ['add at +1', { l: [1, 2] }, [{ op: 'add', path: '/l/+1', value: 9 }], { l: [1, 9, 2] }],
  ['add at -0', { l: [1, 2] }, [{ op: 'add', path: '/l/-0', value: 9 }], { l: [9, 1, 2] }],
  [
    'add at a word',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/x', value: 9 }],
    refused(
      422,
      "error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax",
    ),
  ],
  [
    'add at 1.0',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/1.0', value: 9 }],
    refused(
      422,
      "error in add for path: '/l/1.0': value was not a proper array index: '1.0': strconv.Atoi: parsing \"1.0\": invalid syntax",
    ),
  ],
  [
    'add at nothing',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/', value: 9 }],
    refused(
      422,
      "error in add for path: '/l/': value was not a proper array index: '': strconv.Atoi: parsing \"\": invalid syntax",
    ),
  ],
  [
    'add at a quote',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/"', value: 9 }],
    refused(
      422,
      'error in add for path: \'/l/"\': value was not a proper array index: \'"\': strconv.Atoi: parsing "\\"": invalid syntax',
    ),
  ],
  [
    'add at more than 64 bits',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/99999999999999999999', value: 9 }],
    refused(
      422,
      "error in add for path: '/l/99999999999999999999': value was not a proper array index: '99999999999999999999': strconv.Atoi: parsing \"99999999999999999999\": value out of range",
    ),
  ],
  ['add below a list item', { l: [{}] }, [{ op: 'add', path: '/l/0/a', value: 9 }], { l: [{ a: 9 }] }],
  ['add below the last item', { l: [{}, {}] }, [{ op: 'add', path: '/l/-1/a', value: 9 }], { l: [{}, { a: 9 }] }],
  [
    'add below -',
    { l: [{}] },
    [{ op: 'add', path: '/l/-/a', value: 9 }],
    refused(422, 'add operation does not apply: doc is missing path: "/l/-/a": missing value'),
  ],
  [
    'add below an item that is not there',
    { l: [{}] },
    [{ op: 'add', path: '/l/1/a', value: 9 }],
    refused(422, 'add operation does not apply: doc is missing path: "/l/1/a": missing value'),
  ],
  [
    'add below a null item',
    { l: [null] },
    [{ op: 'add', path: '/l/0/a', value: 9 }],
    refused(422, 'add operation does not apply: doc is missing path: "/l/0/a": missing value'),
  ],
  [
    'add a list',
    { a: 1 },
    [
      { op: 'add', path: '/l', value: [1] },
      { op: 'add', path: '/l/-', value: 2 },
    ],
    { a: 1, l: [1, 2] },
  ],
  ['~1 is a slash', { 'a/b': 1 }, [{ op: 'add', path: '/a~1b', value: 2 }], { 'a/b': 2 }],
  ['~0 is a tilde', { 'a~b': 1 }, [{ op: 'add', path: '/a~0b', value: 2 }], { 'a~b': 2 }],
  ['~01 is ~1', {}, [{ op: 'add', path: '/a~01b', value: 2 }], { 'a~1b': 2 }],
  ['~2 is itself', {}, [{ op: 'add', path: '/a~2b', value: 2 }], { 'a~2b': 2 }],
  ['~ at the end is itself', {}, [{ op: 'add', path: '/a~', value: 2 }], { 'a~': 2 }],
  ['escapes on the way', { 'a/b': {} }, [{ op: 'add', path: '/a~1b/c', value: 2 }], { 'a/b': { c: 2 } }],
  ['percent signs are themselves', {}, [{ op: 'add', path: '/a%2Fb', value: 2 }], { 'a%2Fb': 2 }],
  ['a member called __proto__', {}, [{ op: 'add', path: '/__proto__', value: 2 }], { ['__proto__']: 2 }],
]

/** `remove`. */
export const removing: PatchCase[] = [
  ['remove a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
  [
    'remove an absent member',
    { a: 1 },
    [{ op: 'remove', path: '/b' }],
    refused(422, "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value"),
  ],
  ['remove a null member', { a: null }, [{ op: 'remove', path: '/a' }], {}],
  [
    'remove below what is absent',
    { a: 1 },
    [{ op: 'remove', path: '/b/c' }],
    refused(422, 'remove operation does not apply: doc is missing path: "/b/c": missing value'),
  ],
  [
    'remove below a number',
    { a: 1 },
    [{ op: 'remove', path: '/a/c' }],
    refused(422, 'remove operation does not apply: doc is missing path: "/a/c": missing value'),
  ],
  [
    'remove the whole',
    { a: 1 },
    [{ op: 'remove', path: '' }],
    refused(422, 'remove operation does not apply: doc is missing path: "": missing value'),
  ],
  ['remove the first item', { l: [1, 2, 3] }, [{ op: 'remove', path: '/l/0' }], { l: [2, 3] }],
  ['remove the last item', { l: [1, 2, 3] }, [{ op: 'remove', path: '/l/-1' }], { l: [1, 2] }],
  ['remove the first from behind', { l: [1, 2, 3] }, [{ op: 'remove', path: '/l/-3' }], { l: [2, 3] }],
  [
    'remove before the front',
    { l: [1, 2, 3] },
    [{ op: 'remove', path: '/l/-4' }],
    refused(422, "error in remove for path: '/l/-4': Unable to access invalid index: -4: invalid index referenced"),
  ],
  [
    'remove at the length',
    { l: [1, 2, 3] },
    [{ op: 'remove', path: '/l/3' }],
    refused(422, "error in remove for path: '/l/3': Unable to access invalid index: 3: invalid index referenced"),
  ],
  [
    'remove at -',
    { l: [1, 2, 3] },
    [{ op: 'remove', path: '/l/-' }],
    refused(422, 'error in remove for path: \'/l/-\': strconv.Atoi: parsing "-": invalid syntax'),
  ],
  [
    'remove at a word',
    { l: [1, 2, 3] },
    [{ op: 'remove', path: '/l/x' }],
    refused(422, 'error in remove for path: \'/l/x\': strconv.Atoi: parsing "x": invalid syntax'),
  ],
  [
    'remove of an empty list',
    { l: [] },
    [{ op: 'remove', path: '/l/0' }],
    refused(422, "error in remove for path: '/l/0': Unable to access invalid index: 0: invalid index referenced"),
  ],
  [
    'remove twice',
    { l: [1, 2, 3] },
    [
      { op: 'remove', path: '/l/0' },
      { op: 'remove', path: '/l/0' },
    ],
    { l: [3] },
  ],
  ['remove below an item', { l: [{ a: 1, b: 2 }] }, [{ op: 'remove', path: '/l/0/a' }], { l: [{ b: 2 }] }],
]

/** `replace`. */
export const replacing: PatchCase[] = [
  ['replace a member', { a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
  ['replace an absent member', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
  [
    'replace below what is absent',
    { a: 1 },
    [{ op: 'replace', path: '/b/c', value: 2 }],
    refused(422, 'replace operation does not apply: doc is missing path: /b/c: missing value'),
  ],
  ['replace an absent member below', { a: {} }, [{ op: 'replace', path: '/a/b', value: 2 }], { a: { b: 2 } }],
  ['replace by null', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
  ['replace without a value', { a: 1 }, [{ op: 'replace', path: '/a' }], { a: null }],
  ['replace a null', { a: null }, [{ op: 'replace', path: '/a', value: 1 }], { a: 1 }],
  ['replace an item', { l: [1, 2] }, [{ op: 'replace', path: '/l/1', value: 9 }], { l: [1, 9] }],
  ['replace the last item', { l: [1, 2] }, [{ op: 'replace', path: '/l/-1', value: 9 }], { l: [1, 9] }],
  [
    'replace before the front',
    { l: [1, 2] },
    [{ op: 'replace', path: '/l/-3', value: 9 }],
    refused(422, 'replace operation does not apply: doc is missing key: /l/-3: missing value'),
  ],
  [
    'replace at the length',
    { l: [1, 2] },
    [{ op: 'replace', path: '/l/2', value: 9 }],
    refused(422, 'replace operation does not apply: doc is missing key: /l/2: missing value'),
  ],
  [
    'replace at -',
    { l: [1, 2] },
    [{ op: 'replace', path: '/l/-', value: 9 }],
    refused(422, 'replace operation does not apply: doc is missing key: /l/-: missing value'),
  ],
  [
    'replace at a word',
    { l: [1, 2] },
    [{ op: 'replace', path: '/l/x', value: 9 }],
    refused(422, 'replace operation does not apply: doc is missing key: /l/x: missing value'),
  ],
  ['replace the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ['replace the whole by a list', { a: 1 }, [{ op: 'replace', path: '', value: [1] }], [1]],
  [
    'replace the whole by a number',
    { a: 1 },
    [{ op: 'replace', path: '', value: 1 }],
    refused(422, 'replace operation value must be object or array: %!w(<nil>)'),
  ],
  [
    'replace the whole by null',
    { a: 1 },
    [{ op: 'replace', path: '', value: null }],
    refused(422, 'replace operation value must be object or array: %!w(<nil>)'),
  ],
  [
    'replace the whole, then add',
    { a: 1 },
    [
      { op: 'replace', path: '', value: { b: {} } },
      { op: 'add', path: '/b/c', value: 2 },
    ],
    { b: { c: 2 } },
  ],
]
