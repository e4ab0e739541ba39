import { type PatchCase, refused } from './patch-case.ts'

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
