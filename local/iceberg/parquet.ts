import type { Disk } from '../ports.ts';
import type { ParquetWriter } from './types.ts';

/** DuckDB's writer; `memoryLimit` as DuckDB spells it (`512MiB`). */
export declare function openDuckdbWriter(
  disk: Disk,
  options: { memoryLimit: string; threads: number },
): Promise<ParquetWriter>;
