/**
 * What can go wrong, as closed lists. A *rejection* is a verdict on one event: it became no row, and the
 * table `rejected` says why. A *fault* is a command or a start that cannot go on, told to a person. Anything
 * else that is thrown is a bug.
 */

/** Why an event is no row. The code is stored with it; the text says what the code means. */
export const rejectionCodes = {
  not_utf8: 'the bytes are neither UTF-8 text nor an Avro single-object message',
  not_json: 'the text is not JSON',
  not_object: 'the JSON value is not an object',
  unknown_table: 'no contract that takes events has this name',
  unknown_fingerprint: 'no published schema has this Avro fingerprint',
  bad_avro: 'the bytes do not decode by the schema that they name',
  missing_field: 'a required field is absent or null',
  wrong_type: 'a field holds another kind of value',
  bad_value: 'a field holds a value that its type does not have',
  unsafe_integer: 'a JSON number beyond ±(2^53 - 1) may have lost digits: send it as a string',
  out_of_range: 'a number does not fit its column',
  bad_timestamp: 'a timestamp is not ISO 8601 with Z or an offset',
  timestamp_range: 'a timestamp lies outside the years 1970 to 2100',
  timestamp_future: 'a timestamp that may not lie in the future lies more than a day after arrival',
  too_large: 'the event is larger than its protocol allows',
  wrong_stream:
    'the stream that took the event does not write the table, and the reason names the one that does',
} as const;

export type RejectionCode = keyof typeof rejectionCodes;

/** A verdict: this event becomes no row. A value rather than an exception, since it is an ordinary outcome. */
export class Rejection {
  readonly code: RejectionCode;
  /** What was wrong and what was expected; names kinds and lengths, never the value (it may be personal). */
  readonly reason: string;
  /** Path of the field at fault (`event.amount`), where it is one field's. */
  readonly field: string | undefined;

  constructor(code: RejectionCode, reason: string, field?: string) {
    this.code = code;
    this.reason = reason;
    this.field = field;
  }

  /** The same rejection, seen from the record or list that holds the field. */
  within(parent: string): Rejection {
    const field = this.field === undefined ? parent : `${parent}.${this.field}`;
    return new Rejection(this.code, this.reason, field);
  }
}

/** Something a person must mend: said in one message, without a stack trace. */
export class Fault extends Error {
  override name = 'Fault';
}

/** What kind of JSON (or Avro) value this is, for a reason that must not show the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Number.isInteger(Number(value)) ? 'an integer' : 'a number with a fraction';
  }
  return `a ${typeof value}`;
}
