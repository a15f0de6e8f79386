/** Opens the table of every contract, and makes those that are not there yet. */
import path from 'node:path';
import { icebergPartitionSpec, icebergSchema, icebergSortOrder } from '../../lake/iceberg.ts';
import type { Contract } from '../../lake/types.ts';
import { createTable, loadTable, mendHint } from '../iceberg/table.ts';
import type { Ports, Table } from '../iceberg/types.ts';
import { evolveTable, planEvolution, tableProperties } from './evolve.ts';
import { TableSet } from './tables.ts';

/** `directory`: the database's; a table is a folder in it. */
export async function openTables(
  ports: Ports,
  directory: string,
  contracts: ReadonlyMap<string, Contract>,
): Promise<TableSet> {
  const tables = new Map<string, Table>();
  for (const contract of contracts.values()) {
    const place = path.join(directory, contract.table);
    const table = (await loadTable(ports.disk, place)) ?? (await createTable(ports, place, pieces(contract)));
    await mendHint(ports.disk, table);
    tables.set(contract.table, table);
  }
  return new TableSet(tables);
}

/** Brings every table to what its contract says by now. Throws a Fault for a change that Iceberg forbids. */
export async function evolveTables(
  ports: Ports,
  tables: TableSet,
  contracts: ReadonlyMap<string, Contract>,
): Promise<void> {
  // All plans first: a forbidden change of one table leaves the others as they were.
  for (const [name, table] of tables.entries()) planEvolution(table.metadata, contracts.get(name)!);
  for (const [name, table] of tables.entries()) {
    tables.set(name, await evolveTable(ports, table, contracts.get(name)!));
  }
}

function pieces(contract: Contract) {
  return {
    schema: icebergSchema(contract),
    spec: icebergPartitionSpec(contract),
    sortOrder: icebergSortOrder(contract),
    properties: tableProperties(contract),
  };
}
