import { type PatchCase, refused } from './patch-case.ts'

/** `copy`. */
export const copying: PatchCase[] = [
  ['copy a member', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
  [
    'copy is deep',
    { a: { b: 1 } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'replace', path: '/c/b', value: 2 },
    ],
    { a: { b: 1 }, c: { b: 2 } },
  ],
  ['copy into itself', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/a/c' }], { a: { b: 1, c: { b: 1 } } }],
  ['copy onto itself', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/a' }], { a: { b: 1 } }],
  ['copy what is absent', { a: 1 }, [{ op: 'copy', from: '/b', path: '/c' }], { a: 1, c: null }],
  [
    'copy from below what is absent',
    { a: 1 },
    [{ op: 'copy', from: '/b/c', path: '/d' }],
    refused(422, 'copy operation does not apply: doc is missing from path: /b/c: missing value'),
  ],
  [
    'copy to below what is absent',
    { a: 1 },
    [{ op: 'copy', from: '/a', path: '/b/c' }],
    refused(422, 'copy operation does not apply: doc is missing destination path: /b/c: missing value'),
  ],
  ['copy a null', { a: null }, [{ op: 'copy', from: '/a', path: '/b' }], { a: null, b: null }],
  ['copy an item', { l: [1, 2] }, [{ op: 'copy', from: '/l/0', path: '/l/-' }], { l: [1, 2, 1] }],
  ['copy the last item to the front', { l: [1, 2] }, [{ op: 'copy', from: '/l/-1', path: '/l/0' }], { l: [2, 1, 2] }],
  [
    'copy an item that is not there',
    { l: [1] },
    [{ op: 'copy', from: '/l/1', path: '/a' }],
    refused(422, "error in copy for from: '/l/1': Unable to access invalid index: 1: invalid index referenced"),
  ],
  [
    'copy to past the end',
    { l: [1] },
    [{ op: 'copy', from: '/l/0', path: '/l/2' }],
    refused(422, 'error while adding value during copy: Unable to access invalid index: 2: invalid index referenced'),
  ],
  [
    'copy without from',
    { a: 1 },
    [{ op: 'copy', path: '/b' }],
    refused(422, 'copy operation failed to decode from: operation, missing from field: missing value'),
  ],
]
