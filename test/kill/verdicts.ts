/** What a running lakehouse says became of events, by SQL. */
import { ask, openClient } from '../../scripts/query/athena.ts';

export interface Verdicts {
  /** Event ids of each table but `rejected`, a row each. */
  rows: Map<string, string[]>;
  /** For each row of `rejected`: its place in the stream, and all that may be the event's id. */
  rejected: { place: string; ids: Set<string> }[];
}

export async function readVerdicts(url: string, tables: readonly string[]): Promise<Verdicts> {
  const rows = new Map<string, string[]>();
  for (const table of tables) {
    rows.set(
      table,
      (await select(url, `SELECT event_id FROM ${table}`)).map(([id]) => id!),
    );
  }
  const sql = "SELECT event_id, coalesce(raw, ''), shard_id || ' ' || sequence_number FROM rejected";
  const rejected = (await select(url, sql)).map(([id, raw, place]) => ({
    place: place!,
    ids: idsIn(`${id} ${raw}`),
  }));
  return { rows, rejected };
}

async function select(url: string, sql: string): Promise<string[][]> {
  const answer = await ask(openClient(url, {}), { sql, parameters: [] });
  const rows: string[][] = [];
  for await (const page of answer.pages) rows.push(...(page as string[][]));
  return rows;
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Event ids in what a broken event left: JSON text that is cut off, or an Avro message in base64, spoilt or not. */
function idsIn(text: string): Set<string> {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/]{40,}/g)].map(([part]) =>
    Buffer.from(part, 'base64').toString('latin1'),
  );
  return new Set([text, ...decoded].flatMap((part) => part.match(uuid) ?? []));
}
