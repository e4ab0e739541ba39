import { type PatchCase, refused } from './patch-case.ts'

/** `move`. */
export const moving: PatchCase[] = [
  ['move a member', { a: 1, b: {} }, [{ op: 'move', from: '/a', path: '/b/c' }], { b: { c: 1 } }],
  ['move onto itself', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
  [
    'move into itself',
    { a: { b: 1 } },
    [{ op: 'move', from: '/a', path: '/a/c' }],
    refused(422, 'move operation does not apply: doc is missing destination path: /a/c: missing value'),
  ],
  [
    'move into its own child',
    { a: { b: {} } },
    [{ op: 'move', from: '/a', path: '/a/b/c' }],
    refused(422, 'move operation does not apply: doc is missing destination path: /a/b/c: missing value'),
  ],
  ['move to a name that begins alike', { a: 1 }, [{ op: 'move', from: '/a', path: '/ab' }], { ab: 1 }],
  ['move over its parent', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/a' }], { a: 1 }],
  [
    'move what is absent',
    { a: 1 },
    [{ op: 'move', from: '/b', path: '/c' }],
    refused(422, "error in move for path: 'b': Unable to remove nonexistent key: b: missing value"),
  ],
  ['move a null', { a: null }, [{ op: 'move', from: '/a', path: '/b' }], { b: null }],
  [
    'move from below what is absent',
    { a: 1 },
    [{ op: 'move', from: '/b/c', path: '/d' }],
    refused(422, 'move operation does not apply: doc is missing from path: /b/c: missing value'),
  ],
  [
    'move to below what is absent',
    { a: 1 },
    [{ op: 'move', from: '/a', path: '/b/c' }],
    refused(422, 'move operation does not apply: doc is missing destination path: /b/c: missing value'),
  ],
  ['move an item forward', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/0', path: '/l/2' }], { l: [2, 3, 1] }],
  ['move an item back', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/2', path: '/l/0' }], { l: [3, 1, 2] }],
  ['move an item to the end', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/0', path: '/l/-' }], { l: [2, 3, 1] }],
  ['move the last item', { l: [1, 2, 3] }, [{ op: 'move', from: '/l/-1', path: '/l/0' }], { l: [3, 1, 2] }],
  [
    'move past the end',
    { l: [1, 2, 3] },
    [{ op: 'move', from: '/l/0', path: '/l/3' }],
    refused(422, "error in move for path: '/l/3': Unable to access invalid index: 3: invalid index referenced"),
  ],
  [
    'move from an item that is not there',
    { l: [1] },
    [{ op: 'move', from: '/l/1', path: '/a' }],
    refused(422, "error in move for path: '1': Unable to access invalid index: 1: invalid index referenced"),
  ],
  [
    'move from -',
    { l: [1] },
    [{ op: 'move', from: '/l/-', path: '/a' }],
    refused(422, 'error in move for path: \'-\': strconv.Atoi: parsing "-": invalid syntax'),
  ],
  [
    'move without from',
    { a: 1 },
    [{ op: 'move', path: '/b' }],
    refused(422, 'move operation failed to decode from: operation, missing from field: missing value'),
  ],
  [
    'move the whole',
    { a: 1 },
    [{ op: 'move', from: '', path: '/b' }],
    refused(422, 'move operation does not apply: doc is missing from path: : missing value'),
  ],
]
