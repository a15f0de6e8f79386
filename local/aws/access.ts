/** Which roles an operation is for. */
import { mayQuery, type Role } from '../../lake/grants.ts';
import { SqlError } from '../sql/errors.ts';
import { invalid } from './input.ts';
import { ApiError, type Operation, type Operations } from './json11.ts';

/** Operations that refuse a caller whose role does not ask questions. */
export function forReaders(operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      async (input, caller) => {
        if (!mayQuery(caller.role)) throw denied(name, caller.role);
        try {
          return await operation(input, caller);
        } catch (error) {
          // The catalog's words for what cannot be shown.
          throw error instanceof SqlError ? invalid(error.message) : error;
        }
      },
    ]),
  );
}

/** An operation of Glue or Lake Formation, which have another name for what Athena calls an invalid request. */
export function withInvalidInput(operation: Operation): Operation {
  return withInvalidAs('InvalidInputException', operation);
}

/** An operation of a service that calls an invalid request by this name. */
export function withInvalidAs(type: string, operation: Operation): Operation {
  return async (input, caller) => {
    try {
      return await operation(input, caller);
    } catch (error) {
      if (!(error instanceof ApiError) || error.type !== 'InvalidRequestException') throw error;
      throw new ApiError(type, error.message);
    }
  };
}

/** Operations that only these roles may call. */
export function forRoles(roles: readonly Role[], operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (input, caller) => {
        if (roles.includes(caller.role)) return operation(input, caller);
        throw new ApiError('AccessDeniedException', `${name} is not for the role ${caller.role}`);
      },
    ]),
  );
}

function denied(operation: string, role: Role): ApiError {
  return new ApiError(
    'AccessDeniedException',
    `${operation} is not for the role ${role}: use a key of an analyst or engineer (npm run keys)`,
  );
}
