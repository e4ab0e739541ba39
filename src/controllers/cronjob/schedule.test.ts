import { describe, expect, test } from 'vitest'
import { missedSince, scheduleOf } from './schedule.ts'
import { formatIn, timeZone } from './time-zone.ts'

function times(schedule: string, after: string, count: number, zone?: string): string[] {
  const { next } = scheduleOf(schedule, zone)
  const found: string[] = []
  for (let time = next(Date.parse(after)); time !== undefined && found.length < count; time = next(time))
    found.push(formatIn(timeZone(zone), time))
  return found
}

describe('the times of', () => {
  test.each<[string, string, string[]]>([
    ['* * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z']],
    ['* * * * *', '2026-01-01T00:00:59Z', ['2026-01-01T00:01:00Z']],
    ['*/20 8-9 * * *', '2026-01-01T09:20:00Z', ['2026-01-01T09:40:00Z', '2026-01-02T08:00:00Z']],
    ['5/20 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:05:00Z', '2026-01-01T00:25:00Z']],
    ['@hourly', '2026-01-01T00:00:00Z', ['2026-01-01T01:00:00Z']],
    ['@weekly', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00Z', '2026-01-11T00:00:00Z']],
    ['@yearly', '2026-01-01T00:00:00Z', ['2027-01-01T00:00:00Z']],
    ['@every 1h30m', '2026-01-01T00:00:07Z', ['2026-01-01T01:30:07Z', '2026-01-01T03:00:07Z']],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', ['2028-02-29T00:00:00Z', '2032-02-29T00:00:00Z']],
    ['0 12 ? * MON-FRI', '2026-01-02T12:00:00Z', ['2026-01-05T12:00:00Z']],
    // Either kind of day is enough where both are given ...
    ['0 0 13 * fri', '2026-01-01T00:00:00Z', ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-13T00:00:00Z']],
    // ... and a step is given, a star is not.
    [
      '0 0 */10 * fri',
      '2026-01-01T00:00:00Z',
      ['2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z', '2026-01-11T00:00:00Z'],
    ],
    ['0 0 31 2 *', '2026-01-01T00:00:00Z', []],
  ])('%s after %s', (schedule, after, expected) => {
    expect(times(schedule, after, Math.max(1, expected.length))).toEqual(expected)
  })
})

describe('in a time zone', () => {
  const newYork = 'America/New_York'
  test('a day is the local one', () => {
    expect(times('0 9 * * *', '2026-07-01T00:00:00Z', 1, newYork)).toEqual(['2026-07-01T09:00:00-04:00'])
    expect(times('30 0 1 * *', '2026-07-01T00:00:00Z', 2, 'Asia/Kolkata')).toEqual([
      '2026-08-01T00:30:00+05:30',
      '2026-09-01T00:30:00+05:30',
    ])
  })
  test('skips a time that does not exist in spring', () => {
    expect(times('30 2 * * *', '2026-03-07T00:00:00Z', 3, newYork)).toEqual([
      '2026-03-07T02:30:00-05:00',
      '2026-03-09T02:30:00-04:00',
      '2026-03-10T02:30:00-04:00',
    ])
    expect(times('0 2,3 * * *', '2026-03-08T05:00:00Z', 2, newYork)).toEqual([
      '2026-03-08T03:00:00-04:00',
      '2026-03-09T02:00:00-04:00',
    ])
    expect(times('0 0 * * *', '2024-04-25T12:00:00Z', 2, 'Africa/Cairo')).toEqual([
      '2024-04-27T00:00:00+03:00',
      '2024-04-28T00:00:00+03:00',
    ])
  })
  test('a time that comes twice in autumn counts twice', () => {
    expect(times('30 1 * * *', '2026-10-31T12:00:00Z', 3, newYork)).toEqual([
      '2026-11-01T01:30:00-04:00',
      '2026-11-01T01:30:00-05:00',
      '2026-11-02T01:30:00-05:00',
    ])
    expect(times('*/30 * * * *', '2026-11-01T05:00:00Z', 4, newYork)).toEqual([
      '2026-11-01T01:30:00-04:00',
      '2026-11-01T01:00:00-05:00',
      '2026-11-01T01:30:00-05:00',
      '2026-11-01T02:00:00-05:00',
    ])
  })
  test('a year away, with shifts of half an hour in between', () => {
    expect(times('0 12 1 1 *', '2026-01-01T02:00:00Z', 2, 'Australia/Lord_Howe')).toEqual([
      '2027-01-01T12:00:00+11:00',
      '2028-01-01T12:00:00+11:00',
    ])
    expect(times('45 1 5 4 *', '2026-01-01T00:00:00Z', 2, 'Australia/Lord_Howe')).toEqual([
      '2026-04-05T01:45:00+11:00',
      '2026-04-05T01:45:00+10:30',
    ])
  })
  test('the zone has to exist', () => {
    expect(() => scheduleOf('* * * * *', 'Mars/Olympus')).toThrow(RangeError)
  })
})

describe('what was missed', () => {
  const missed = (schedule: string, earliest: string, now: string) => {
    const { latest, tooMany } = missedSince(scheduleOf(schedule, undefined), Date.parse(earliest), Date.parse(now))
    return [latest && new Date(latest).toISOString().slice(0, 16), tooMany]
  }
  test.each<[string, string, string, string | undefined, boolean]>([
    ['0 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:59:59Z', undefined, false],
    ['0 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', '2026-01-01T01:00', false],
    ['0 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T05:30:00Z', '2026-01-01T05:00', false],
    ['0 * * * *', '2026-01-01T00:00:00Z', '2026-01-05T04:00:00Z', '2026-01-05T04:00', false],
    ['0 * * * *', '2026-01-01T00:00:00Z', '2026-01-05T05:00:00Z', '2026-01-05T05:00', true],
    ['* * * * *', '2020-01-01T00:00:00Z', '2026-01-05T05:00:00Z', '2026-01-05T05:00', true],
    // Irregular: the last time may be long ago.
    ['30 6-16/4 * * 1-5', '2026-01-01T00:00:00Z', '2026-01-11T23:00:00Z', '2026-01-09T14:30', false],
    ['* 9 * * 1', '2026-01-01T00:00:00Z', '2026-01-11T23:00:00Z', '2026-01-05T09:59', true],
    ['@every 7m', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z', '2026-01-01T00:56', false],
  ])('of %s from %s to %s', (schedule, earliest, now, latest, tooMany) => {
    expect(missed(schedule, earliest, now)).toEqual([latest, tooMany])
  })
  test('of a schedule that never comes', () => {
    expect(() => missed('0 0 31 2 *', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toThrow('less than 1 second')
  })
})
