/**
 * Errors of the REST catalog. Clients go by the status; the type is the name of the exception that Iceberg's Java
 * implementation throws for it (REST catalog OpenAPI, "IcebergErrorResponse"). Where that has a sentence of its own,
 * ours begins with it: clients' tests, and people, look for it.
 */

export interface TableName {
  namespace: string;
  name: string;
}

export class RestError extends Error {
  override name = 'RestError';
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** What was sent is wrong, and would be at any time. */
export const badRequest = (message: string) => new RestError(400, 'BadRequestException', message);
export const notAuthorized = (message: string) => new RestError(401, 'NotAuthorizedException', message);
/** What was sent is right, and will not be done all the same. */
export const forbidden = (message: string) => new RestError(403, 'ForbiddenException', message);
export const noSuchNamespace = (name: string) =>
  new RestError(404, 'NoSuchNamespaceException', `Namespace does not exist: ${name}`);
export const noSuchTable = ({ namespace, name }: TableName) =>
  new RestError(404, 'NoSuchTableException', `Table does not exist: ${namespace}.${name}`);
export const unsupported = (message: string) => new RestError(406, 'UnsupportedOperationException', message);
export const alreadyExists = (message: string) => new RestError(409, 'AlreadyExistsException', message);
export const tableExists = ({ namespace, name }: TableName) =>
  alreadyExists(`Table already exists: ${namespace}.${name}`);
/** The table changed meanwhile: the client loads it again and tries again. */
export const commitFailed = (message: string) => new RestError(409, 'CommitFailedException', message);
