/** Building blocks of the templates. */

/** Binds to one of several expressions by the types of the arguments, which DuckDB knows when it plans. */
export function byType(cases: readonly { when: string; use: string }[], otherwise: string): string {
  const kind = `CASE ${cases.map(({ when }, at) => `WHEN ${when} THEN ${at + 1}`).join(' ')} ELSE ${cases.length + 1} END`;
  // A branch that is not chosen must not run: its CASE folds to NULL.
  const branches = cases.map(({ use }, at) => `CASE WHEN ${kind} = ${at + 1} THEN ${use} END`);
  const last = `CASE WHEN ${kind} = ${cases.length + 1} THEN ${otherwise} END`;
  return `struct_extract_at(row(${[...branches, last].join(', ')}), ${kind})`;
}

/**
 * An error when the row is computed. DuckDB's error() may not stand inside TRY; a cast that fails may, unless it
 * is a constant, hence `value`: anything that the row holds. The mark tells `fromDuckDb` where the text begins.
 */
export function fails(message: string, value: string): string {
  return `(CASE WHEN CAST('firn: ' || ${message} || coalesce(left(CAST(${value} AS VARCHAR), 0), '') AS BOOLEAN) THEN NULL END)`;
}

export const isFloat = (x: string) => `typeof(${x}) IN ('DOUBLE', 'FLOAT')`;
export const isDecimal = (x: string) => `typeof(${x}) LIKE 'DECIMAL%'`;
export const isDate = (x: string) => `typeof(${x}) = 'DATE'`;
export const isInterval = (x: string) => `typeof(${x}) = 'INTERVAL'`;
export const isZoned = (x: string) => `typeof(${x}) = 'TIMESTAMP WITH TIME ZONE'`;
export const isMap = (x: string) => `typeof(${x}) LIKE 'MAP%'`;
export const isArray = (x: string) => `typeof(${x}) LIKE '%[]'`;

/** Digits after the point of a decimal type, 0 for any other type. */
const scaleOf = (x: string) =>
  `CASE WHEN ${isDecimal(x)} THEN CAST(regexp_extract(typeof(${x}), ',(\\d+)', 1) AS INTEGER) ELSE 0 END`;

/**
 * SQL macros that the templates call; made once per instance. Trino divides decimals exactly and rounds half
 * away from zero to the larger scale of both; DuckDB would answer a double.
 */
export const macros: readonly string[] = [
  `CREATE MACRO firn_scale(x) AS ${scaleOf('x')}`,
  `CREATE MACRO firn_power_of_ten(n) AS CAST(power(10, n) AS HUGEINT)`,
  `CREATE MACRO firn_unscaled(x) AS CAST(x * CAST(firn_power_of_ten(firn_scale(x)) AS BIGINT) AS HUGEINT)`,
  `CREATE MACRO firn_half_up(n, d) AS
     sign(n) * sign(d) * ((2 * abs(n) + abs(d)) // (2 * abs(d)))`,
  `CREATE MACRO firn_with_point(digits, scale) AS
     CASE WHEN scale = 0 THEN CAST(digits AS VARCHAR)
     ELSE (CASE WHEN digits < 0 THEN '-' ELSE '' END) || CAST(abs(digits) // firn_power_of_ten(scale) AS VARCHAR)
       || '.' || lpad(CAST(abs(digits) % firn_power_of_ten(scale) AS VARCHAR), CAST(scale AS INTEGER), '0') END`,
  // Up to 2^53 a double holds the digits exactly, and is much faster than text.
  `CREATE MACRO firn_scaled(digits, scale, example) AS
     CASE WHEN abs(digits) < 9007199254740992
     THEN cast_to_type(CAST(digits AS DOUBLE) / power(10, scale), example)
     ELSE cast_to_type(firn_with_point(digits, scale), example) END`,
  `CREATE MACRO firn_decimal_divide(a, b) AS
     CASE WHEN b = 0 THEN ${fails("'Division by zero'", 'b')}
     ELSE firn_scaled(
       firn_half_up(
         firn_unscaled(a) * firn_power_of_ten(firn_scale(b) - firn_scale(a) + greatest(firn_scale(a), firn_scale(b))),
         firn_unscaled(b)),
       greatest(firn_scale(a), firn_scale(b)),
       (a + b) * CAST(1 AS HUGEINT)) END`,
  // Java's Double.toString, which Trino prints doubles with: mantissa digits, then the exponent.
  `CREATE MACRO firn_mantissa(t) AS replace(ltrim(string_split(t, 'e')[1], '-'), '.', '')`,
  `CREATE MACRO firn_exponent(t) AS
     CAST(coalesce(string_split(t, 'e')[2], '0') AS INTEGER)
       + length(regexp_extract(t, '^-?(\\d+)', 1)) - 1
       - (length(firn_mantissa(t)) - length(ltrim(firn_mantissa(t), '0')))`,
  `CREATE MACRO firn_java_exponent(t) AS
     (CASE WHEN t LIKE '-%' THEN '-' ELSE '' END)
       || left(ltrim(firn_mantissa(t), '0'), 1) || '.'
       || coalesce(nullif(rtrim(substr(ltrim(firn_mantissa(t), '0'), 2), '0'), ''), '0')
       || 'E' || firn_exponent(t)`,
  `CREATE MACRO firn_double_text(x) AS
     CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN (CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END)
     WHEN x = 0 OR (abs(x) >= 0.001 AND abs(x) < 1e7) THEN CAST(x AS VARCHAR)
     ELSE firn_java_exponent(CAST(x AS VARCHAR)) END`,
];
