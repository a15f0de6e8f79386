/** Views that ship: stored SELECTs that queries name like tables. They are put into the tree before it is checked. */
import { mapExpressions, type TableRef } from './ast.ts';

/** Views by lower-case name, as what stands for them in FROM. */
export type Views = ReadonlyMap<string, TableRef>;

export const noViews: Views = new Map();

/** Makes a reference by name the view's own query, under the name or alias that it has. */
export function standInFor(ref: TableRef, view: TableRef): void {
  const alias = ref.alias || view.alias || '';
  const copy = mapExpressions(view, (expression) => expression);
  for (const name of Object.keys(ref)) Reflect.deleteProperty(ref, name);
  Object.assign(ref, copy, { alias });
}
