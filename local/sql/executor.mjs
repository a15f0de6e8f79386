// A process of its own, without the parent's TypeScript loader.
import { register } from 'tsx/esm/api';

register();
await import('./executor.ts');
