/** Which partition transforms there are, and of what they can be taken (Iceberg spec, "Partition Transforms"). */
import type { Transform, Type } from './types.ts';

/** A transform as a contract spells it, or undefined if it is none. */
export function parseTransform(text: string): Transform | undefined {
  return /^(identity|year|month|day|hour|void|(bucket|truncate)\[[1-9]\d{0,8}\])$/.test(text)
    ? (text as Transform)
    : undefined;
}

/** Whether a column of this type can be the transform's source. */
export function transformAccepts(transform: Transform, type: Type): boolean {
  const { kind } = type;
  if (kind === 'struct' || kind === 'list' || kind === 'map') return false;
  const isTimestamp = kind === 'timestamp' || kind === 'timestamptz';
  if (transform === 'hour') return isTimestamp;
  if (transform === 'year' || transform === 'month' || transform === 'day')
    return isTimestamp || kind === 'date';
  if (transform.startsWith('bucket')) return kind !== 'boolean' && kind !== 'float' && kind !== 'double';
  if (transform.startsWith('truncate')) return ['int', 'long', 'decimal', 'string', 'binary'].includes(kind);
  return true;
}
