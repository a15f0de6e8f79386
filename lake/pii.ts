/** What a contract's `pii` rules make of personal data, before it is a row's. */
import { createHmac } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { Fault, Rejection } from './errors.ts';
import type { Contract, PiiRule, Row } from './types.ts';

/** Changes a row in place, or says why it cannot be one. */
export type Redact = (row: Row) => Rejection | undefined;

/**
 * The rules of a contract as one function; undefined if it has none. `key` is what hashes are keyed with: without
 * it, anybody could hash all addresses there are and compare. Throws a Fault where a rule needs it and it is not set.
 */
export function compilePii(contract: Contract, key: string | undefined): Redact | undefined {
  const columns = contract.fields.filter(({ piiRule }) => piiRule !== undefined);
  if (columns.length === 0) return undefined;
  const rules = columns.map(({ name, piiRule, required }) => {
    if (piiRule === 'hash' && !key) {
      throw new Fault(
        `the table ${contract.table} hashes "${name}", which needs a key: set FIRN_PII_KEY to a long random text, and keep it`,
      );
    }
    return { name, required, apply: applied(piiRule!, key ?? '') };
  });
  return (row) => {
    for (const { name, required, apply } of rules) {
      const value = row[name];
      if (value === undefined) continue;
      row[name] = apply(value);
      if (required && row[name] === undefined) {
        return new Rejection('bad_value', 'expected an address, of which the network is kept', name);
      }
    }
    return undefined;
  };
}

function applied(rule: PiiRule, key: string): (value: unknown) => unknown {
  switch (rule) {
    case 'drop':
      return () => undefined;
    case 'truncate':
      return (value) => networkOf(String(value));
    case 'hash':
      return (value) => createHmac('sha256', key).update(String(value)).digest('hex');
  }
}

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, as RFC 5952 would not shorten but any parser reads it.
 * Undefined for anything that is no address: it may be personal all the same, so it is not kept.
 */
export function networkOf(address: string): string | undefined {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0`;
  if (!isIPv6(address)) return undefined;
  const plain = address.split('%', 1)[0]!.toLowerCase();
  const mapped = /^::(?:ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (mapped !== null) return networkOf(mapped[1]!);
  const [before = '', after] = plain.split('::', 2);
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  // An IPv4 address at the end fills two groups; only the first three groups are of interest.
  const width = tail.length + (tail.at(-1)?.includes('.') ? 1 : 0);
  const gap = after === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - width)).fill('0');
  const groups = [...head, ...gap, ...tail]
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::`;
}
