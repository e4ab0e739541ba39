import { ApiError } from '../../errors.ts'

/** 422 for a patch that is well formed but does not fit the object; the cause says why. */
export function unprocessable(why: string): ApiError {
  return new ApiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {
    causes: [{ reason: 'UnexpectedServerResponse', message: why }],
  })
}
