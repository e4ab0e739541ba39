import { badRequest } from '../../errors.ts'

/** No object of the API is deeper; a deeper one would exhaust the stack of its walkers. */
export const maxDepth = 1000

export const tooDeep = () => badRequest('exceeded max depth')
