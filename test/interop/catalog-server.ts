/** A catalog alone, for clients whose tests make up data files: those are not looked at. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type HttpRequest, listen } from '../../local/gateway/http.ts';
import { icebergCatalogApi } from '../../local/rest/catalog.ts';
import { ports } from './tables.ts';

/** `home`: a folder of its own. Listens on a free port. */
export async function openCatalog(home: string): Promise<{ uri: string; close(): Promise<void> }> {
  const answer = icebergCatalogApi('/iceberg', {
    ports,
    places: {
      warehouse: path.join(home, 'warehouse'),
      dropped: path.join(home, 'dropped'),
      namespacesFile: path.join(home, 'namespaces.json'),
      database: 'firn',
      views: new Set(),
    },
    contracts: new Map(),
    keys: { configured: false, find: () => undefined },
    removeFolder: (directory) => rm(directory, { recursive: true, force: true }),
    checkSnapshots: async () => {},
    onBug: (bug) => console.error(bug),
  });
  const limits = {
    bytesMax: () => 2 ** 24,
    tooLarge: () => ({ status: 413, headers: {}, body: '' }),
  };
  const server = await listen((request: HttpRequest) => answer(request, { role: 'engineer' }), limits, {
    host: '127.0.0.1',
    port: 0,
  });
  return { uri: `http://127.0.0.1:${server.port}/iceberg`, close: () => server.close() };
}
