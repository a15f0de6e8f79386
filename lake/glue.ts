/** How a contract's types are spelt in the Glue catalog and in Athena DDL (Athena, "Supported data types"). */
import type { Type } from './types.ts';

/** `struct<type:string,amount:decimal(12,2)>`, `array<bigint>`, `timestamp`. */
export function glueType(type: Type): string {
  switch (type.kind) {
    case 'long':
      return 'bigint';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'timestamptz':
      // Athena reads the type and prints it, but has no DDL word for it; Glue spells both alike.
      return 'timestamp';
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}:${glueType(field.type)}`).join(',')}>`;
    case 'list':
      return `array<${glueType(type.element)}>`;
    case 'map':
      return `map<string,${glueType(type.value)}>`;
    default:
      return type.kind;
  }
}
