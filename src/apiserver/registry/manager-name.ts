import type { Call } from '../../api/call.ts'

const maxLength = 128
const unprintable = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu

/** Who owns what a call writes: its `fieldManager`, else the name of the client's program. */
export const managerOf = ({ options, userAgent }: Pick<Call, 'options' | 'userAgent'>): string =>
  options.fieldManager || programOf(userAgent ?? '') || 'unknown'

/** The part of a User-Agent before the first slash. */
const programOf = (userAgent: string): string =>
  (userAgent.split('/', 1)[0] ?? '').replace(unprintable, '').slice(0, maxLength)
