/** How raw records are kept: a line each, in objects by the hour of their arrival. */

export interface ArchivedRecord {
  /** `shardId-…:sequence number`. */
  id: string;
  shard: string;
  seq: string;
  /** Milliseconds since 1970, UTC. */
  at: number;
  key: string;
  /** Base64 of the record's bytes. */
  data: string;
}

/**
 * The objects of a batch: records of one hour and shard together, under a name that the same batch always gets.
 * `raw/year=2026/month=01/day=02/hour=03/<shard>-<first sequence number>-<count>.jsonl.gz`
 */
export function archiveObjects(records: readonly ArchivedRecord[]): { key: string; lines: string }[] {
  const groups = new Map<string, ArchivedRecord[]>();
  for (const record of records) {
    const group = `${hourPrefix(record.at)}/${record.shard}`;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [record]);
    else members.push(record);
  }
  return [...groups].map(([group, members]) => ({
    key: `raw/${group}-${members[0]!.seq}-${members.length}.jsonl.gz`,
    lines: members.map((record) => `${JSON.stringify(record)}\n`).join(''),
  }));
}

function hourPrefix(ms: number): string {
  const [, year, month, day, hour] = /^(\d+)-(\d\d)-(\d\d)T(\d\d)/.exec(new Date(ms).toISOString())!;
  return `year=${year}/month=${month}/day=${day}/hour=${hour}`;
}
