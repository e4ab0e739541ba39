import { type PatchCase, Refusal } from './json-patch-cases.ts'

const refused = (code: number, why: string) => new Refusal(code, why)

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

/** `test`. */
export const testing: PatchCase[] = [
  [
    'test regardless of order',
    { a: { b: 1, c: 2 } },
    [{ op: 'test', path: '/a', value: { c: 2, b: 1 } }],
    { a: { b: 1, c: 2 } },
  ],
  [
    'test another value',
    { a: 1 },
    [{ op: 'test', path: '/a', value: 2 }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test another type',
    { a: 1 },
    [{ op: 'test', path: '/a', value: '1' }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test more members',
    { a: { b: 1 } },
    [{ op: 'test', path: '/a', value: { b: 1, c: null } }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test fewer members',
    { a: { b: 1, c: 2 } },
    [{ op: 'test', path: '/a', value: { b: 1 } }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test a longer list',
    { l: [1] },
    [{ op: 'test', path: '/l', value: [1, 2] }],
    refused(422, 'testing value /l failed: test failed'),
  ],
  ['test null of null', { a: null }, [{ op: 'test', path: '/a', value: null }], { a: null }],
  ['test null of what is absent', {}, [{ op: 'test', path: '/a', value: null }], {}],
  [
    'test null of a value',
    { a: 1 },
    [{ op: 'test', path: '/a', value: null }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  ['test nothing of what is absent', {}, [{ op: 'test', path: '/a' }], {}],
  [
    'test nothing of a value',
    { a: 1 },
    [{ op: 'test', path: '/a' }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test a value of what is absent',
    {},
    [{ op: 'test', path: '/a', value: 1 }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test a value of null',
    { a: null },
    [{ op: 'test', path: '/a', value: 1 }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'test null below what is absent',
    {},
    [{ op: 'test', path: '/a/b', value: null }],
    refused(422, 'test operation does not apply: is missing path: /a/b: missing value'),
  ],
  ['test an item', { l: [1, 2] }, [{ op: 'test', path: '/l/1', value: 2 }], { l: [1, 2] }],
  ['test the last item', { l: [1, 2] }, [{ op: 'test', path: '/l/-1', value: 2 }], { l: [1, 2] }],
  [
    'test before the front',
    { l: [1, 2] },
    [{ op: 'test', path: '/l/-3', value: 1 }],
    refused(422, "error in test for path: '/l/-3': Unable to access invalid index: -3: invalid index referenced"),
  ],
  [
    'test an item that is not there',
    { l: [1, 2] },
    [{ op: 'test', path: '/l/2', value: null }],
    refused(422, "error in test for path: '/l/2': Unable to access invalid index: 2: invalid index referenced"),
  ],
  [
    'test at -',
    { l: [1, 2] },
    [{ op: 'test', path: '/l/-', value: null }],
    refused(422, 'error in test for path: \'/l/-\': strconv.Atoi: parsing "-": invalid syntax'),
  ],
  ['test the whole', { a: 1 }, [{ op: 'test', path: '', value: { a: 1 } }], { a: 1 }],
  [
    'test another whole',
    { a: 1 },
    [{ op: 'test', path: '', value: { a: 2 } }],
    refused(422, 'testing value  failed: test failed'),
  ],
  ['test an empty list', { l: [] }, [{ op: 'test', path: '/l', value: [] }], { l: [] }],
  [
    'an empty list is no empty object',
    { l: [] },
    [{ op: 'test', path: '/l', value: {} }],
    refused(422, 'testing value /l failed: test failed'),
  ],
  [
    'test below a null',
    { a: null },
    [{ op: 'test', path: '/a/b', value: null }],
    refused(422, 'test operation does not apply: is missing path: /a/b: missing value'),
  ],
  [
    'test what is the same',
    { a: { b: [1, 'x', true], c: null } },
    [{ op: 'test', path: '/a', value: { b: [1, 'x', true], c: null } }],
    { a: { b: [1, 'x', true], c: null } },
  ],
]

/** Large integers, and patches as a whole. */
export const whole: PatchCase[] = [
  [
    'a large integer is the same',
    { a: 9007199254740993n },
    [{ op: 'test', path: '/a', value: 9007199254740993n }],
    { a: 9007199254740993n },
  ],
  [
    'a large integer is another',
    { a: 9007199254740993n },
    [{ op: 'test', path: '/a', value: 9007199254740992n }],
    refused(422, 'testing value /a failed: test failed'),
  ],
  [
    'a large integer is added',
    {},
    [{ op: 'add', path: '/a', value: 9223372036854775807n }],
    { a: 9223372036854775807n },
  ],
  [
    'a large integer is copied',
    { a: { b: 9223372036854775807n } },
    [{ op: 'copy', from: '/a', path: '/c' }],
    { a: { b: 9223372036854775807n }, c: { b: 9223372036854775807n } },
  ],
  ['no operation', { a: 1 }, [], { a: 1 }],
  ['an unknown operation', { a: 1 }, [{ op: 'jump', path: '/a' }], refused(422, 'Unexpected kind: jump')],
  ['an operation in capitals', { a: 1 }, [{ op: 'ADD', path: '/a', value: 1 }], refused(422, 'Unexpected kind: ADD')],
  ['no op', { a: 1 }, [{ path: '/a' }], refused(422, 'Unexpected kind: unknown')],
  ['op is null', { a: 1 }, [{ op: null, path: '/a' }], refused(422, 'Unexpected kind: unknown')],
  [
    'op is a number',
    { a: 1 },
    [{ op: 1, path: '/a' }],
    refused(
      400,
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ),
  ],
  ['no path', { a: 1 }, [{ op: 'add', value: 1 }], refused(422, 'add operation failed to decode path: missing value')],
  [
    'remove without a path',
    { a: 1 },
    [{ op: 'remove' }],
    refused(422, 'remove operation failed to decode path: missing value'),
  ],
  [
    'replace without a path',
    { a: 1 },
    [{ op: 'replace', value: 1 }],
    refused(422, 'replace operation failed to decode path: operation missing path field: missing value'),
  ],
  [
    'test without a path',
    { a: 1 },
    [{ op: 'test', value: 1 }],
    refused(422, 'test operation failed to decode path: operation missing path field: missing value'),
  ],
  [
    'copy without a path',
    { a: 1 },
    [{ op: 'copy', from: '/a' }],
    refused(422, 'copy operation failed to decode path: missing value'),
  ],
  [
    'move without a path',
    { a: 1 },
    [{ op: 'move', from: '/a' }],
    refused(422, 'move operation failed to decode path: operation missing path field: missing value'),
  ],
  [
    'path is a number',
    { a: 1 },
    [{ op: 'add', path: 1, value: 1 }],
    refused(
      400,
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string',
    ),
  ],
  [
    'from is a number',
    { a: 1 },
    [{ op: 'copy', from: 1, path: '/b' }],
    refused(
      400,
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.from of type string',
    ),
  ],
  ['unknown members of an operation', { a: 1 }, [{ op: 'add', path: '/b', value: 2, why: 'x' }], { a: 1, b: 2 }],
  ['an operation is null', { a: 1 }, [null], refused(422, 'Unexpected kind: unknown')],
  [
    'an operation is a number',
    { a: 1 },
    [1],
    refused(400, 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp'),
  ],
  [
    'an operation is a list',
    { a: 1 },
    [[]],
    refused(400, 'error decoding patch: json: cannot unmarshal array into Go value of type handlers.jsonPatchOp'),
  ],
  [
    'the patch is an object',
    { a: 1 },
    { op: 'add', path: '/b', value: 1 },
    refused(400, 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'),
  ],
  [
    'the patch is a number',
    { a: 1 },
    1,
    refused(400, 'error decoding patch: json: cannot unmarshal number into Go value of type []handlers.jsonPatchOp'),
  ],
  [
    'the patch is a text',
    { a: 1 },
    'x',
    refused(400, 'error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp'),
  ],
  ['the patch is null', { a: 1 }, null, { a: 1 }],
  [
    'nothing is changed when one fails',
    { a: 1 },
    [
      { op: 'add', path: '/b', value: 1 },
      { op: 'remove', path: '/c' },
    ],
    refused(422, "error in remove for path: '/c': Unable to remove nonexistent key: c: missing value"),
  ],
]
