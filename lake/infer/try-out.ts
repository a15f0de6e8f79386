/** What would become of events under a contract that is not in force yet. */
import type { RejectionCode } from '../errors.ts';
import { compileTransform, rejectedTable } from '../transform.ts';
import type { Contract } from '../types.ts';
import { otherTable } from './contract.ts';

export interface TriedOut {
  /** Events that would be rows. */
  rows: number;
  /** Why the others would not: index of the event, code, field (empty if it is the whole event), reason. */
  rejected: { index: number; code: RejectionCode; field: string; reason: string }[];
  /** Events that name another table in `$table`, and are not judged here. */
  elsewhere: number;
}

/** Runs events through the transform as if they came at `nowMs` and `contract` were published. */
export function tryOut(contract: Contract, events: readonly unknown[], nowMs: number): TriedOut {
  const { table, fingerprint, avro } = contract;
  const transform = compileTransform({
    contracts: new Map([[table, contract]]),
    published: [{ table, fingerprint, avro }],
    defaultTable: table,
  });
  const result: TriedOut = { rows: 0, rejected: [], elsewhere: 0 };
  for (const [index, event] of events.entries()) {
    if (otherTable(table, event) !== undefined) {
      result.elsewhere += 1;
      continue;
    }
    const bytes = Buffer.from(JSON.stringify(event));
    const position = { stream: undefined, shardId: undefined, sequenceNumber: undefined };
    const verdict = transform({ bytes, arrivalMs: nowMs, recordId: String(index), ...position });
    if (verdict.table !== rejectedTable) result.rows += 1;
    else {
      const {
        code,
        field = '',
        reason,
      } = verdict.row as { code: RejectionCode; field?: string; reason: string };
      result.rejected.push({ index, code, field, reason });
    }
  }
  return result;
}
