/** The tables that delivery writes to, each at the newest version that we know of. */
import type { Table } from '../iceberg/types.ts';

export class TableSet {
  readonly #tables: Map<string, Table>;

  constructor(tables: ReadonlyMap<string, Table>) {
    this.#tables = new Map(tables);
  }

  /** Throws if there is no such table: delivery asks only for those that it was started with. */
  get(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return table;
  }

  set(name: string, table: Table): void {
    this.#tables.set(name, table);
  }

  entries(): IterableIterator<[string, Table]> {
    return this.#tables.entries();
  }
}
