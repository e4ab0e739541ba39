import { fieldError } from '../../../api/errors.ts'
import type { Check } from './walk.ts'

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export const accessModes: Check<string[]> = (list = [], field) => [
  ...list.filter((mode) => !modes.includes(mode)).map((mode) => fieldError.notSupported(field, mode, modes)),
  ...(list.includes('ReadWriteOncePod') && list.length > 1
    ? [fieldError.forbidden(field, 'may not use ReadWriteOncePod with other access modes')]
    : []),
]
