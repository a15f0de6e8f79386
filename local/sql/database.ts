/** DuckDB, twice: one here that parses and runs nothing, and one in a process of its own that runs queries. */
import { rmSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { CageOptions } from './caged.ts';
import { castTemplateTexts } from './casts.ts';
import { ExecutorProcess } from './executor-process.ts';
import { templateTexts } from './functions.ts';
import type { RemoteSession } from './session.ts';
import { parseTemplates, type Templates } from './templates.ts';

export interface Database {
  parser: DuckDBConnection;
  templates: Templates;
  connect(): Promise<RemoteSession>;
  close(): Promise<void>;
}

/** The process that runs queries starts with the first of them. */
export async function openDatabase(options: CageOptions): Promise<Database> {
  const parsing = await DuckDBInstance.create(':memory:', {
    memory_limit: '256MiB',
    threads: '1',
    enable_external_access: 'false',
    lock_configuration: 'true',
  });
  const parser = await parsing.connect();
  const templates = await parseTemplates(parser, [...templateTexts(), ...castTemplateTexts]);
  const processBytesMax = options.memoryLimitBytes * 2 + baseBytes;
  let executor: ExecutorProcess | undefined;
  return {
    parser,
    templates,
    connect() {
      if (executor === undefined || executor.hasEnded) {
        // What a process that was ended has spilled, nobody reads.
        rmSync(options.spillDirectory, { recursive: true, force: true });
        executor = new ExecutorProcess({ ...options, processBytesMax });
      }
      return executor.session();
    },
    async close() {
      await executor?.close();
      parser.closeSync();
      parsing.closeSync();
    },
  };
}

/** What the process takes beside the memory of its DuckDB. */
const baseBytes = 512 * 2 ** 20;
