/** CAST and typed literals, where DuckDB's idea of a type or of a conversion is not Trino's. */
import { isLosslessNumber } from 'lossless-json';
import {
  type AstObject,
  type AstValue,
  type Expression,
  literalText,
  type SqlType,
  textConstant,
} from './ast.ts';
import { SqlError } from './errors.ts';
import { fails, isFloat } from './functions/templates.ts';
import { fillTemplate, type Templates } from './templates.ts';

const text = `CASE typeof(_1)
  WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(_1 AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%f')
  WHEN 'TIMESTAMP_MS' THEN strftime(TRY_CAST(CAST(_1 AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(_1 AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC')
  WHEN 'DOUBLE' THEN firn_double_text(TRY_CAST(CAST(_1 AS VARCHAR) AS DOUBLE))
  ELSE CAST(_1 AS VARCHAR) END`;
/** Trino rounds halves away from zero and reads only digits; DuckDB rounds to even and reads '1.5'. */
const integer = (type: string) => `CASE
  WHEN typeof(_1) = 'VARCHAR' AND NOT regexp_full_match(CAST(_1 AS VARCHAR), '[+-]?\\d+')
    THEN ${fails(`'Cannot cast ''' || CAST(_1 AS VARCHAR) || ''' to ${type}'`, '_1')}
  WHEN ${isFloat('_1')} THEN CAST(round(TRY_CAST(CAST(_1 AS VARCHAR) AS DOUBLE)) AS ${type})
  ELSE CAST(_1 AS ${type}) END`;

const castTemplates: Readonly<Record<string, string>> = {
  varchar: text,
  integer: integer('INTEGER'),
  bigint: integer('BIGINT'),
  // A varchar becomes a JSON string; json_parse reads text as JSON.
  json: 'to_json(_1)',
};
/** The length of varchar(n). */
const cut = 'left(_1, CAST(_2 AS BIGINT))';

export const castTemplateTexts: readonly string[] = [...Object.values(castTemplates), cut];

/** The expression for a CAST whose operand is already rewritten. */
export function rewriteCast(cast: Expression, templates: Templates): Expression {
  const type = cast.cast_type!;
  const child = cast.child!;
  const own = { ...cast, child: joinOffset(child, type), cast_type: rewriteType(literalType(child, type)) };
  if (cast.try_cast === true) return own;
  const [, name = '', length] = /^([^(]*)(?:\((\d+)\))?$/.exec(typeName(type)) ?? [];
  const template = castTemplates[name];
  if (template === undefined) return own;
  const converted = fillTemplate(templates, template, [child]);
  return length === undefined ? converted : fillTemplate(templates, cut, [converted, textConstant(length)]);
}

/** A timestamp literal with a zone is zoned; one with more than milliseconds is timestamp(6). */
function literalType(child: Expression, type: SqlType): SqlType {
  const literal = literalText(child);
  if (type.id !== 'TIMESTAMP' || literal === undefined) return type;
  if (/\d\s*([+-]\d{1,2}(:?\d\d)?|[A-Za-z][\w/+-]*)$/.test(literal) && /:/.test(literal)) {
    return { id: 'TIMESTAMP WITH TIME ZONE' };
  }
  return /\.\d{4}/.test(literal) ? { id: 'UNBOUND', type_info: { name: 'timestamp(6)' } } : type;
}

/** `10:00:00 +02:00`: DuckDB wants an offset without the space. */
function joinOffset(child: Expression, type: SqlType): Expression {
  const literal = type.id.startsWith('TIMESTAMP') ? literalText(child) : undefined;
  return literal === undefined ? child : textConstant(literal.replace(/\s+(?=[+-]\d)/, ''));
}

/** Type ids that a query may name; the parser's other ids are DuckDB's own types. */
const known = new Set(
  'BOOLEAN TINYINT SMALLINT INTEGER BIGINT FLOAT DOUBLE DECIMAL VARCHAR BLOB DATE TIME TIMESTAMP_MS INTERVAL UUID LIST STRUCT MAP'.split(
    ' ',
  ),
);

/** Athena's `timestamp` is timestamp(3), DuckDB's TIMESTAMP_MS; DuckDB's TIMESTAMP is timestamp(6). */
function rewriteType(type: SqlType): SqlType {
  const name = typeName(type);
  const sized = /^(varchar|timestamp)\((\d+)\)$/.exec(name);
  if (type.id === 'TIMESTAMP') return { id: 'TIMESTAMP_MS' };
  if (sized?.[1] === 'varchar') return { id: 'VARCHAR' };
  if (sized?.[1] === 'timestamp') return { id: Number(sized[2]) > 3 ? 'TIMESTAMP' : 'TIMESTAMP_MS' };
  if (!known.has(type.id) && !['json', 'varbinary', 'timestamp with time zone'].includes(name)) {
    throw new SqlError('NOT_SUPPORTED', `the type ${name} does not run on the local endpoint`);
  }
  return type.type_info === undefined
    ? type
    : { ...type, type_info: rewriteInside(type.type_info) as AstObject };
}

/** The types inside of a LIST, STRUCT or MAP. */
function rewriteInside(info: AstValue | undefined): AstValue | undefined {
  if (Array.isArray(info)) return info.map((item) => rewriteInside(item) ?? null);
  if (typeof info !== 'object' || info === null || isLosslessNumber(info)) return info;
  if (typeof info.id === 'string') return rewriteType(info as unknown as SqlType) as unknown as AstObject;
  return Object.fromEntries(Object.entries(info).map(([name, member]) => [name, rewriteInside(member)]));
}

function typeName({ id, type_info: info }: SqlType): string {
  return id === 'UNBOUND' && typeof info?.name === 'string' ? info.name.toLowerCase() : id.toLowerCase();
}
