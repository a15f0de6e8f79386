/** What upkeep did last, kept in a property of the table by the commits that did it. */
import type { TableMetadata } from '../iceberg/types.ts';

export interface UpkeepRecord {
  /** Times are ISO 8601. */
  compaction?: { at: string; rewritten: number; added: number };
  expiry?: { at: string; expired: number };
}

const property = 'firn.upkeep';

export function upkeepRecord({ properties }: Pick<TableMetadata, 'properties'>): UpkeepRecord {
  return JSON.parse(properties[property] ?? '{}') as UpkeepRecord;
}

/** The property with a change, for a commit to set. */
export function withRecord(metadata: TableMetadata, change: UpkeepRecord): Record<string, string> {
  return { [property]: JSON.stringify({ ...upkeepRecord(metadata), ...change }) };
}
