import { jsonEqual } from '../../api/machinery/json/json-equal.ts'

/** Whether two statuses are equal; a zero count and an empty list equal an absent one. */
export const sameStatus = (a: object, b: object): boolean => jsonEqual(said(a), said(b))

const said = (status: object) => Object.fromEntries(Object.entries(status).filter(([, value]) => !isNothing(value)))

const isNothing = (value: unknown): boolean => value === 0 || (Array.isArray(value) && value.length === 0)
