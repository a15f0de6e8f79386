import type { SqlFunction } from '../functions.ts';

/** RFC 3986, appendix B: 2 scheme, 4 authority, 5 path, 7 query, 9 fragment. */
const uri = "'^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?'";
const part = (group: number) => `regexp_extract(_1, ${uri}, ${group})`;
/** Java's URI, which Trino uses, refuses spaces: the answer is NULL. */
const ifUri = (sql: string) => `CASE WHEN regexp_matches(_1, '\\s') THEN NULL ELSE ${sql} END`;

export const urlFunctions: readonly SqlFunction[] = [
  {
    name: 'url_extract_protocol',
    args: [1, 1],
    sql: ifUri(part(2)),
    example: "url_extract_protocol('https://firn.test/a')",
    answer: 'https',
  },
  {
    name: 'url_extract_host',
    args: [1, 1],
    sql: ifUri(`regexp_replace(regexp_replace(${part(4)}, '^.*@', ''), ':\\d*$', '')`),
    example: "url_extract_host('https://me@firn.test:8080/a')",
    answer: 'firn.test',
  },
  {
    name: 'url_extract_port',
    args: [1, 1],
    sql: ifUri(`CAST(nullif(regexp_extract(${part(4)}, ':(\\d+)$', 1), '') AS BIGINT)`),
    example: "url_extract_port('https://firn.test:8080/a')",
    answer: '8080',
  },
  {
    name: 'url_extract_path',
    args: [1, 1],
    sql: ifUri(`url_decode(replace(${part(5)}, '+', '%2B'))`),
    example: "url_extract_path('https://firn.test/a%20b/c?d=e')",
    answer: '/a b/c',
  },
  {
    name: 'url_extract_query',
    args: [1, 1],
    sql: ifUri(`url_decode(replace(${part(7)}, '+', '%2B'))`),
    example: "url_extract_query('https://firn.test/a?b=c&d=e#f')",
    answer: 'b=c&d=e',
  },
  {
    name: 'url_extract_fragment',
    args: [1, 1],
    sql: ifUri(`url_decode(replace(${part(9)}, '+', '%2B'))`),
    example: "url_extract_fragment('https://firn.test/a#top')",
    answer: 'top',
  },
  {
    name: 'url_extract_parameter',
    args: [2, 2],
    sql: ifUri(`url_decode(replace(
      list_filter(string_split(${part(7)}, '&'), lambda firn_pair: string_split(firn_pair, '=')[1] = _2)[1]
        [length(_2) + 2:], '+', ' '))`),
    example: "url_extract_parameter('https://firn.test/?q=a+b&page=2', 'q')",
    answer: 'a b',
  },
  {
    name: 'url_encode',
    args: [1, 1],
    // Java's URLEncoder: a space is "+", and * stays.
    sql: "replace(replace(url_encode(_1), '%20', '+'), '%2A', '*')",
    example: "url_encode('a b&c')",
    answer: 'a+b%26c',
  },
  {
    name: 'url_decode',
    args: [1, 1],
    sql: "url_decode(replace(_1, '+', ' '))",
    example: "url_decode('a+b%26c')",
    answer: 'a b&c',
  },
];
