import { type PatchCase, refused } from './patch-case.ts'

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
