import { type PatchCase, refused } from './patch-case.ts'

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
