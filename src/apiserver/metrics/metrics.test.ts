import { expect, test } from 'vitest'
import { counters, exposition, gauges, histograms, readings } from './metrics.ts'

test('families are written in the text format of Prometheus', () => {
  const requests = counters('requests_total', 'Requests.', 'verb', 'code')
  const get = requests.of('GET', '200')
  get.value += 2
  requests.of('a"b\\c\nd', '500').value++
  expect(requests.of('GET', '200')).toBe(get)
  const seconds = histograms('seconds', 'Time.', [0.1, 1], 'verb')
  for (const value of [0.1, 0.5, 7]) seconds.of('GET').observe(value)
  const unused = gauges('unused', 'Nothing.')
  const read = readings('objects', 'Objects.', [], () => [[[], 3]])
  expect(exposition([requests, seconds, unused, read])).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",code="200"} 2
requests_total{verb="a\\"b\\\\c\\nd",code="500"} 1
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{verb="GET",le="0.1"} 1
seconds_bucket{verb="GET",le="1"} 2
seconds_bucket{verb="GET",le="+Inf"} 3
seconds_sum{verb="GET"} 7.6
seconds_count{verb="GET"} 3
# HELP objects Objects.
# TYPE objects gauge
objects 3
`)
})
