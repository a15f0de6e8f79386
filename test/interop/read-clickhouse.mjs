// Reads Iceberg tables by ClickHouse, in a process of its own: URLs in, a line of JSON for each out.
import { query } from 'chdb';

const settings = [
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_quote_decimals = 1',
  'output_format_decimal_trailing_zeros = 1',
  'output_format_json_quote_denormals = 1',
  'output_format_json_named_tuples_as_objects = 1',
  "session_timezone = 'UTC'",
].join(', ');

for (const url of process.argv.slice(2)) {
  try {
    const text = query(
      `SELECT * FROM icebergS3('${url}/', 'key', 'secret') SETTINGS ${settings}`,
      'JSONEachRow',
    );
    const rows = String(text)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    console.log(JSON.stringify({ rows }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error).slice(0, 500) }));
  }
}
