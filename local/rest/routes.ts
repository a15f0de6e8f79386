/** Which operation answers which request, by method and path. */
import type { Call, Operations, Result } from './operations.ts';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  pattern: string;
  run(catalog: Operations, call: Call): Promise<Result>;
  /** Answered, so that a client hears why, but not offered. */
  isRefusal?: boolean;
}

const namespaces = 'v1/namespaces';
const tables = `${namespaces}/{namespace}/tables`;
const views = `${namespaces}/{namespace}/views`;

export const routes: readonly Route[] = [
  {
    method: 'GET',
    pattern: 'v1/config',
    run: async () => JSON.stringify({ defaults: {}, overrides: {}, endpoints }),
  },
  { method: 'GET', pattern: namespaces, run: (catalog, call) => catalog.listNamespaces(call) },
  { method: 'POST', pattern: namespaces, run: (catalog, call) => catalog.createNamespace(call) },
  {
    method: 'GET',
    pattern: `${namespaces}/{namespace}`,
    run: (catalog, call) => catalog.loadNamespace(call),
  },
  {
    method: 'DELETE',
    pattern: `${namespaces}/{namespace}`,
    run: (catalog, call) => catalog.dropNamespace(call),
  },
  {
    method: 'POST',
    pattern: `${namespaces}/{namespace}/properties`,
    run: (catalog, call) => catalog.updateProperties(call),
  },
  { method: 'GET', pattern: tables, run: (catalog, call) => catalog.listTables(call) },
  { method: 'POST', pattern: tables, run: (catalog, call) => catalog.createTable(call) },
  {
    method: 'POST',
    pattern: `${namespaces}/{namespace}/register`,
    run: (catalog, call) => catalog.registerTable(call),
  },
  { method: 'GET', pattern: `${tables}/{table}`, run: (catalog, call) => catalog.loadTable(call) },
  { method: 'POST', pattern: `${tables}/{table}`, run: (catalog, call) => catalog.commitTable(call) },
  { method: 'DELETE', pattern: `${tables}/{table}`, run: (catalog, call) => catalog.dropTable(call) },
  {
    method: 'POST',
    pattern: `${tables}/{table}/metrics`,
    run: (catalog, call) => catalog.reportMetrics(call),
  },
  { method: 'POST', pattern: 'v1/tables/rename', run: (catalog, call) => catalog.renameTable(call) },
  {
    method: 'POST',
    pattern: 'v1/transactions/commit',
    run: (catalog) => catalog.refuseTransactions(),
    isRefusal: true,
  },
  { method: 'GET', pattern: views, run: (catalog, call) => catalog.listViews(call), isRefusal: true },
  { method: 'POST', pattern: views, run: (catalog) => catalog.refuseViews(), isRefusal: true },
  {
    method: 'GET',
    pattern: `${views}/{view}`,
    run: (catalog, call) => catalog.noSuchView(call),
    isRefusal: true,
  },
  {
    method: 'POST',
    pattern: `${views}/{view}`,
    run: (catalog, call) => catalog.noSuchView(call),
    isRefusal: true,
  },
  {
    method: 'DELETE',
    pattern: `${views}/{view}`,
    run: (catalog, call) => catalog.noSuchView(call),
    isRefusal: true,
  },
];

/** As `GET /v1/config` lists them; a client asks for nothing else. */
const endpoints: readonly string[] = [
  ...routes
    .filter(({ pattern, isRefusal }) => isRefusal !== true && pattern !== 'v1/config')
    .map(({ method, pattern }) => `${method} ${pattern.replace('v1/', '/v1/{prefix}/')}`),
  `HEAD /v1/{prefix}/namespaces/{namespace}`,
  `HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}`,
];
