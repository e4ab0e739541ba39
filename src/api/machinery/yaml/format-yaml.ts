import { type ScalarTag, stringify } from 'yaml'

/** YAML as kubectl prints it: no folding, no anchors. */
export function formatYaml(value: unknown): string {
  return stringify(value, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    indentSeq: false,
    version: '1.1',
    customTags: (tags) => tags.concat(octal),
  })
}

/** Octal numbers as YAML 1.2 writes them, which Go reads in 1.1, too. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0o[0-7]+$/,
  resolve: (text) => Number(text),
}
