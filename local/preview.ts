/** What the next start of a home would do to its tables, told beforehand. */
import path from 'node:path';
import { Fault } from '../lake/errors.ts';
import { localDatabase } from '../lake/settings.ts';
import type { Contract } from '../lake/types.ts';
import { planEvolution } from './delivery/evolve.ts';
import { nodeDisk } from './disk.ts';
import { loadTable } from './iceberg/table.ts';
import type { Table } from './iceberg/types.ts';

export interface Preview {
  table: string;
  /** None: the table is as the contract says. */
  changes: readonly string[];
  /** Why the start would stop. */
  fault?: string;
}

/** Compares contracts with the tables of a home, and touches nothing; undefined if there is no such home yet. */
export async function previewHome(
  home: string,
  contracts: ReadonlyMap<string, Contract>,
): Promise<Preview[] | undefined> {
  const directory = path.join(path.resolve(home), 'warehouse', localDatabase);
  if (!(await nodeDisk.exists(directory))) return undefined;
  const previews: Preview[] = [];
  for (const [name, contract] of contracts) {
    const table = await loadTable(nodeDisk, path.join(directory, name));
    previews.push({ table: name, ...(table === undefined ? newTable : preview(table, contract)) });
  }
  return previews;
}

const newTable = { changes: ['make the table'] };

function preview(table: Table, contract: Contract): Omit<Preview, 'table'> {
  try {
    return { changes: planEvolution(table.metadata, contract).changes };
  } catch (error) {
    if (error instanceof Fault) return { changes: [], fault: error.message };
    throw error;
  }
}
