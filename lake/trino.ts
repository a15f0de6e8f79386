/** How a contract's types are spelt by Trino, in `information_schema` and SQL (Trino documentation, "Data types"). */
import type { Type } from './types.ts';

/** `varchar`, `timestamp(6)`, `array(bigint)`, `row(type varchar, amount decimal(12,2))`. */
export function trinoType(type: Type): string {
  switch (type.kind) {
    case 'int':
      return 'integer';
    case 'long':
      return 'bigint';
    case 'float':
      return 'real';
    case 'string':
      return 'varchar';
    case 'binary':
      return 'varbinary';
    case 'timestamp':
      return 'timestamp(6)';
    case 'timestamptz':
      return 'timestamp(6) with time zone';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'struct':
      return `row(${type.fields.map(({ name, type: own }) => `${name} ${trinoType(own)}`).join(', ')})`;
    case 'list':
      return `array(${trinoType(type.element)})`;
    case 'map':
      return `map(varchar, ${trinoType(type.value)})`;
    default:
      return type.kind;
  }
}
