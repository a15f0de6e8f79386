// A worker thread of Node 20 does not inherit the process's TypeScript loader, so it registers its own.
import { register } from 'tsx/esm/api';

// Records are some hundred bytes: a larger pool makes thirty times fewer backing stores for them.
Buffer.poolSize = 256 * 1024;
register();
await import('./worker.ts');
