// A worker thread of Node 20 does not inherit the process's TypeScript loader, so it registers its own.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
