/** How a contract's rows are spelt in TypeScript: the row types of `schemas/index.ts`. */
import type { Contract, Field, Type } from './types.ts';

/** `export interface WebLog { … }`, the row as it goes to Firehose. */
export function rowInterface(contract: Contract): string {
  const name = contract.table.replace(/(^|_)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
  return `${comment(contract.doc, '')}export interface ${name} {\n${members(contract.fields, '  ')}}\n`;
}

function members(fields: readonly Field[], indent: string): string {
  return fields
    .map((field) => {
      const optional = field.required ? '' : '?';
      return `${comment(field.doc ?? '', indent)}${indent}${field.name}${optional}: ${typeText(field.type, indent)};\n`;
    })
    .join('');
}

function comment(doc: string, indent: string): string {
  return doc === '' ? '' : `${indent}/** ${doc.replaceAll('*/', '*\\/')} */\n`;
}

function typeText(type: Type, indent: string): string {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'int':
      return 'number';
    case 'timestamp':
    case 'timestamptz':
      return 'Micros';
    case 'float':
    case 'double':
      return 'number | NumericText';
    case 'long':
      return 'number | NumericText';
    case 'decimal':
      return 'NumericText';
    case 'struct':
      return `{\n${members(type.fields, `${indent}  `)}${indent}}`;
    case 'list':
      return `(${typeText(type.element, indent)}${type.elementRequired ? '' : ' | null'})[]`;
    case 'map':
      return `Record<string, ${typeText(type.value, indent)}${type.valueRequired ? '' : ' | null'}>`;
    case 'string':
      return type.symbols?.map((symbol) => `'${symbol}'`).join(' | ') ?? 'string';
    default:
      return 'string';
  }
}
