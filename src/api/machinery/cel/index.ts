export { type Environment, type EnvironmentOptions, environment } from './environment.ts'
export { CostExceeded, EvaluationError } from './errors.ts'
export { type Compiled, type CompileFailure, compile, type Meter, type Program, perCallLimit } from './program.ts'
export * as celTypes from './types.ts'
