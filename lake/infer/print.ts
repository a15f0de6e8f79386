/** Prints a schema as the files of `schemas/` are written: a field on a line, as long as that is readable. */
import type { AvroRecord } from '../contract.ts';

const lineWidth = 140;

export function printSchema(schema: AvroRecord): string {
  return `${print(schema, '', true)}\n`;
}

function print(value: unknown, indent: string, broken = false): string {
  const line = oneLine(value);
  if (typeof value !== 'object' || value === null) return line;
  if (!broken && indent.length + line.length <= lineWidth) return line;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => inner + print(item, inner))
    : entries(value).map(
        ([name, item]) => `${inner}${JSON.stringify(name)}: ${print(item, inner, name === 'fields')}`,
      );
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${items.join(',\n')}\n${indent}${close}`;
}

function oneLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  const members = entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${oneLine(item)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
