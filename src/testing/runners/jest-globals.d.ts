/** What `jest.ts` uses of Jest. The package's users have the real one; Jest itself is not among our dependencies. */
declare module '@jest/globals' {
  type Define = (name: string, body: () => Promise<void>, timeout?: number) => void
  export const afterAll: (run: () => Promise<void>) => void
  export const expect: {
    <T = unknown>(actual: T): object
    extend(matchers: object): void
    getState(): { currentTestName?: string; testPath?: string }
  }
  export const test: Define & {
    only: Define
    skip: Define
    failing: Define
    todo(name: string): void
    each<Row>(rows: readonly [Row][]): (name: string, body: (row: Row) => Promise<void>, timeout?: number) => void
  }
}
