/** Events that must be rejected, broken in the ways that real producers break theirs. */
import type { Contract, Field } from '../../lake/types.ts';
import type { Random } from './random.ts';
import type { Members } from './rows.ts';

export type Fault =
  | 'missing field'
  | 'wrong type'
  | 'bad timestamp'
  | 'far timestamp'
  | 'unsafe integer'
  | 'not a symbol'
  | 'unknown table'
  | 'nobody'
  | 'cut-off JSON'
  | 'unknown fingerprint'
  | 'cut-off message'
  | 'not base64';

/** How a broken event is made from a whole one. */
interface Break<Data> {
  fault: Fault;
  apply(data: Data, random: Random): unknown;
}

/**
 * Breaks JSON events of one contract, in all ways that its columns allow; the answer's `data` is an object, or
 * text that is no JSON. The event id stays readable, except that text must be searched for it.
 */
export function compileJsonFaults(
  contract: Contract,
  nameOf: (field: Field) => string,
): (event: Members, random: Random) => { fault: Fault; data: unknown } {
  const own = contract.fields.filter(({ name }) => name !== 'event_id' && name !== 'received_at');
  const required = own.filter((field) => field.required).map(nameOf);
  const times = own
    .filter(({ type }) => type.kind === 'timestamp' || type.kind === 'timestamptz')
    .map(nameOf);
  const longs = own.filter(({ type }) => type.kind === 'long' || type.kind === 'int').map(nameOf);
  const closed = own.filter(({ type }) => type.kind === 'string' && type.symbols !== undefined).map(nameOf);
  const breaks: Break<Members>[] = [
    {
      fault: 'wrong type',
      // A list of objects fits no column but a list; there, text does not.
      apply: (event, random) => {
        const field = random.pick(own);
        return { ...event, [nameOf(field)]: field.type.kind === 'list' ? 'a, b' : [{ unexpected: true }] };
      },
    },
    { fault: 'unknown table', apply: (event) => ({ ...event, $table: 'no_such_table' }) },
    { fault: 'cut-off JSON', apply: (event) => JSON.stringify(event).slice(0, -2) },
  ];
  const onField = (fault: Fault, names: readonly string[], value: unknown): void => {
    if (names.length === 0) return;
    breaks.push({ fault, apply: (event, random) => ({ ...event, [random.pick(names)]: value }) });
  };
  // JSON.stringify leaves undefined members out.
  onField('missing field', required, undefined);
  onField('bad timestamp', times, '2026-02-30 25:61');
  onField('far timestamp', times, '2999-01-01T00:00:00Z');
  onField('unsafe integer', longs, 2 ** 53 + 2);
  onField('not a symbol', closed, 'no such symbol');
  return pickOne(breaks);
}

/** Breaks Segment's messages, whatever route they take. The messageId stays readable, except in text. */
export function compileMessageFaults(): (
  message: Members,
  random: Random,
) => { fault: Fault; data: unknown } {
  return pickOne<Members>([
    { fault: 'missing field', apply: (message) => ({ ...message, type: undefined }) },
    { fault: 'wrong type', apply: (message) => ({ ...message, properties: 'a, b' }) },
    { fault: 'bad timestamp', apply: (message) => ({ ...message, timestamp: '2026-02-30 25:61' }) },
    { fault: 'far timestamp', apply: (message) => ({ ...message, timestamp: '2999-01-01T00:00:00Z' }) },
    { fault: 'unsafe integer', apply: (message) => ({ ...message, userId: 2 ** 53 + 2 }) },
    { fault: 'not a symbol', apply: (message) => ({ ...message, type: 'no such call' }) },
    {
      fault: 'nobody',
      apply: (message) => ({ ...message, userId: undefined, anonymousId: undefined }),
    },
    { fault: 'cut-off JSON', apply: (message) => JSON.stringify(message).slice(0, -2) },
  ]);
}

/** Breaks Avro messages (base64 text). What is left of the event id is in the raw bytes. */
export const breakAvro: (message: string, random: Random) => { fault: Fault; data: unknown } =
  pickOne<string>([
    {
      fault: 'unknown fingerprint',
      apply: (message) => edit(message, (bytes) => bytes.fill(0xee, 2, 10)),
    },
    { fault: 'cut-off message', apply: (message) => edit(message, (bytes) => bytes.subarray(0, -3)) },
    { fault: 'not base64', apply: (message) => `<<${message.slice(4)}` },
  ]);

function pickOne<Data>(breaks: readonly Break<Data>[]) {
  return (data: Data, random: Random): { fault: Fault; data: unknown } => {
    const { fault, apply } = random.pick(breaks);
    return { fault, data: apply(data, random) };
  };
}

function edit(message: string, change: (bytes: Buffer) => Uint8Array): string {
  return Buffer.from(change(Buffer.from(message, 'base64'))).toString('base64');
}
