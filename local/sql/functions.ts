/**
 * Every function and operator that a query may use: the allow list of the cage, the meaning that each gets on
 * DuckDB, and a worked example with the answer that Trino's documentation gives. What is not here is refused.
 */
import { aggregateFunctions, windowFunctions } from './functions/aggregate.ts';
import { arrayFunctions } from './functions/array.ts';
import { conditionalFunctions } from './functions/conditional.ts';
import { jsonFunctions } from './functions/json.ts';
import { mathFunctions } from './functions/math.ts';
import { operators } from './functions/operators.ts';
import { textFunctions } from './functions/text.ts';
import { timeFunctions } from './functions/time.ts';
import { urlFunctions } from './functions/url.ts';
import type { LiteralKind } from './literals.ts';

export interface SqlFunction {
  /** Lower case, as Athena calls it. */
  name: string;
  /** Fewest and most arguments. */
  args: readonly [number, number];
  kind?: 'scalar' | 'aggregate' | 'window';
  /** Template over the arguments, where DuckDB's own function of this name is not right. */
  sql?: string | Readonly<Record<number, string>>;
  /** DuckDB's name, where the function is the same and only the name differs. */
  call?: string;
  /** Template over two arguments, folded over any number from the left. */
  fold?: string;
  /** Template that makes the call's one argument of several. */
  pack?: string;
  /** Template around the call (`_self`): for aggregates, which keep their DISTINCT, FILTER and OVER. */
  wrap?: string;
  /** Arguments (from 1) that must be string literals, and what they are. */
  literals?: Readonly<Record<number, LiteralKind>>;
  /** An expression, or a whole SELECT, with the answer as Athena prints it. */
  example: string;
  answer: string | null | { error: RegExp };
  /** What differs from Athena all the same. */
  note?: string;
}

export const sections: Readonly<Record<string, readonly SqlFunction[]>> = {
  Operators: operators,
  Conditional: conditionalFunctions,
  Text: textFunctions,
  URLs: urlFunctions,
  'Dates and times': timeFunctions,
  Numbers: mathFunctions,
  'Arrays, maps and lambdas': arrayFunctions,
  JSON: jsonFunctions,
  Aggregates: aggregateFunctions,
  Windows: windowFunctions,
};

export const functions: ReadonlyMap<string, SqlFunction> = new Map(
  Object.values(sections)
    .flat()
    .map((entry) => [entry.name, entry]),
);

/** Template texts of all functions. */
export function templateTexts(): string[] {
  return [...functions.values()].flatMap(({ sql, fold, pack, wrap }) => {
    const own = typeof sql === 'object' ? Object.values(sql) : [sql];
    return [...own, fold, pack, wrap].filter((text) => text !== undefined);
  });
}
