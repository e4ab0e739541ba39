import { expect, test } from 'vitest'
import { cronProblem, parseCron } from './cron.ts'

test('a schedule is lists of numbers', () => {
  expect(parseCron('*/20 0,12-14 * jan-MAR/2 ?')).toEqual({
    minutes: [0, 20, 40],
    hours: [0, 12, 13, 14],
    daysOfMonth: undefined,
    months: [1, 3],
    daysOfWeek: undefined,
  })
  expect(parseCron('@weekly')).toMatchObject({ minutes: [0], hours: [0], daysOfMonth: undefined, daysOfWeek: [0] })
  expect(parseCron('@every 1h0.5m')).toEqual({ everyMs: 3_630_000 })
  expect(parseCron('@every 10ms')).toEqual({ everyMs: 1000 })
  // A step over all days chooses days, unless it is by one.
  expect(parseCron('0 0 */10 * */1')).toMatchObject({ daysOfMonth: [1, 11, 21, 31], daysOfWeek: undefined })
})

test.each([
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['0 * * * * *', 'expected exactly 5 fields, found 6: [0 * * * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@reboot', 'unrecognized descriptor: @reboot'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
])('%s is refused', (schedule, problem) => {
  expect(cronProblem(schedule)).toBe(problem)
})
