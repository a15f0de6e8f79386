/** The tables as the page shows them: what the contract says, what is on disk, what upkeep did and what is due. */
import path from 'node:path';
import { duckdbType } from '../../lake/duckdb.ts';
import { type Role, visibleColumns } from '../../lake/grants.ts';
import type { Settings } from '../../lake/settings.ts';
import type { Contract } from '../../lake/types.ts';
import { loadTable } from '../iceberg/table.ts';
import type { Clock, Disk } from '../ports.ts';
import { type TableFigures, tableFigures } from '../upkeep/figures.ts';

export interface ShownTable {
  name: string;
  doc: string;
  columns: { name: string; type: string; required: boolean; pii: boolean; doc: string }[];
  partition: string[];
  sort: string[];
  write: string;
  /** Absent until the table's first commit. */
  figures?: TableFigures;
}

export async function showTables(
  { disk, clock }: { disk: Disk; clock: Clock },
  databaseDirectory: string,
  contracts: Iterable<Contract>,
  settings: Settings,
  role: Role,
): Promise<ShownTable[]> {
  const shown: ShownTable[] = [];
  for (const contract of contracts) {
    const table = await loadTable(disk, path.join(databaseDirectory, contract.table));
    const figures = table && (await tableFigures(disk, table, settings, clock.now()));
    shown.push({ ...describe(contract, role), ...(figures && { figures }) });
  }
  return shown;
}

function describe(contract: Contract, role: Role): ShownTable {
  return {
    name: contract.table,
    doc: contract.doc,
    columns: visibleColumns(contract, role).map(({ name, type, required, pii, doc = '' }) => ({
      name,
      type: duckdbType(type).toLowerCase(),
      required,
      pii,
      doc,
    })),
    partition: contract.partition.map(({ source, transform }) =>
      transform === 'identity' ? source : `${transform}(${source})`,
    ),
    sort: contract.sort.map(({ source, direction }) => `${source} ${direction}`),
    write: contract.dedupe ? 'dedupe' : contract.write,
  };
}
