/** What an analyst may see of a record on its way: its verdict, and the columns of its row that are not personal. */
import { maySeeRow, visibleColumns } from '../../lake/grants.ts';
import type { Contract } from '../../lake/types.ts';
import type { SeenRecord } from '../delivery/watch.ts';

export function redactFor(contracts: ReadonlyMap<string, Contract>): (record: SeenRecord) => SeenRecord {
  return (record) => {
    const { verdict } = record;
    // A partition key is often a user's id or address, and an error's message may quote what came.
    const shown = { ...record, raw: '', partitionKey: '' };
    if (verdict.kind === 'failed') return { ...shown, verdict: { ...verdict, errorMessage: '' } };
    if (verdict.kind === 'dropped') return shown;
    return { ...shown, verdict: { ...verdict, row: visibleRow(contracts.get(verdict.table), verdict.row) } };
  };
}

function visibleRow(contract: Contract | undefined, text: string): string {
  if (contract === undefined) return '{}';
  let row: Record<string, unknown>;
  try {
    row = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // It was cut.
    return '{}';
  }
  if (!maySeeRow(contract, 'analyst', row)) return '{}';
  const columns = visibleColumns(contract, 'analyst').filter(({ name }) => Object.hasOwn(row, name));
  return JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, row[name]])));
}
