/** Athena's prepared statements. A role sees those that it made. */
import { narrow } from '../../lake/grants.ts';
import type { PreparedStatement, PreparedStatements } from '../sql/prepared.ts';
import type { Caller } from './caller.ts';
import { invalid, optionalText, requiredText, textList } from './input.ts';
import { ApiError, type Input, type Operations } from './json11.ts';
import { pageOf } from './paging.ts';
import { knownWorkGroup } from './workgroups.ts';

export function preparedOperations(prepared: PreparedStatements): Operations {
  const save = async (input: Input, caller: Caller, isNew: boolean): Promise<object> => {
    const owner = ownerOf(input, caller);
    const name = statementName(input);
    const exists = prepared.find(owner, name) !== undefined;
    if (isNew && exists)
      throw invalid(`Prepared statement ${name} already exists in the workgroup ${owner.workGroup}`);
    if (!isNew && !exists) throw missing(name, owner.workGroup);
    await prepared.put({
      ...owner,
      name,
      sql: requiredText(input, 'QueryStatement', { max: 262_144 }),
      description: optionalText(input, 'Description', { max: 1024 }) ?? '',
      modifiedAt: Date.now(),
    });
    return {};
  };
  return {
    'AmazonAthena.CreatePreparedStatement': (input, caller) => save(input, caller, true),
    'AmazonAthena.UpdatePreparedStatement': (input, caller) => save(input, caller, false),
    'AmazonAthena.GetPreparedStatement': (input, caller) => {
      const owner = ownerOf(input, caller);
      const name = statementName(input);
      const found = prepared.find(owner, name);
      if (found === undefined) throw missing(name, owner.workGroup);
      return { PreparedStatement: describe(found) };
    },
    'AmazonAthena.BatchGetPreparedStatement': (input, caller) => {
      const owner = ownerOf(input, caller);
      const names = textList(input, 'PreparedStatementNames', 256);
      return {
        PreparedStatements: names.flatMap((name) => prepared.find(owner, name) ?? []).map(describe),
        UnprocessedPreparedStatementNames: names
          .filter((name) => prepared.find(owner, name) === undefined)
          .map((name) => ({
            StatementName: name,
            ErrorCode: 'STATEMENT_NOT_FOUND',
            ErrorMessage: 'not found',
          })),
      };
    },
    'AmazonAthena.ListPreparedStatements': (input, caller) => {
      const { items, next } = pageOf(prepared.list(ownerOf(input, caller)), ({ name }) => name, input, 50);
      const statements = items.map(({ name, modifiedAt }) => ({
        StatementName: name,
        LastModifiedTime: modifiedAt / 1000,
      }));
      return { PreparedStatements: statements, ...next };
    },
    'AmazonAthena.DeletePreparedStatement': async (input, caller) => {
      const owner = ownerOf(input, caller);
      const name = statementName(input);
      if (prepared.find(owner, name) === undefined) throw missing(name, owner.workGroup);
      await prepared.remove(owner, name);
      return {};
    },
  };
}

function ownerOf(input: Input, caller: Caller): Pick<PreparedStatement, 'workGroup' | 'role'> {
  const workGroup = knownWorkGroup(input);
  return { workGroup, role: narrow(caller.role, workGroup) };
}

function statementName(input: Input): string {
  const name = requiredText(input, 'StatementName', { max: 256 });
  if (/^[a-zA-Z_][a-zA-Z0-9_@:]*$/.test(name)) return name;
  throw invalid(`StatementName is ${name}; expected letters, digits, _, @ and :, and no digit first`);
}

function missing(name: string, workGroup: string): ApiError {
  return new ApiError(
    'ResourceNotFoundException',
    `PreparedStatement ${name} was not found in workGroup ${workGroup}`,
    400,
    { ResourceName: name },
  );
}

function describe({ name, sql, workGroup, description, modifiedAt }: PreparedStatement): object {
  return {
    StatementName: name,
    QueryStatement: sql,
    WorkGroupName: workGroup,
    ...(description !== '' && { Description: description }),
    LastModifiedTime: modifiedAt / 1000,
  };
}
