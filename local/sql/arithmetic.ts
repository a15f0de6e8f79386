/**
 * Most sums and differences are of plain numbers and mean the same everywhere; only dates and intervals need
 * their types looked at. Telling by the syntax keeps the common case as it was written.
 */
import type { Expression } from './ast.ts';

/** Whether `+` or `-` certainly has no date and no interval among its operands. */
export function isPlainArithmetic(operator: string, operands: readonly Expression[]): boolean {
  if (operator !== '+' && operator !== '-') return false;
  if (operands.length === 1) return true;
  return operator === '+' ? !operands.some(isIntervalCall) : operands.some(isNumber);
}

function isIntervalCall({ function_name: name = '', cast_type: type }: Expression): boolean {
  return /^to_(years|months|weeks|days|hours|minutes|seconds)$/.test(name) || type?.id === 'INTERVAL';
}

function isNumber({ class: kind, value, function_name: name = '', cast_type: type }: Expression): boolean {
  if (kind === 'CONSTANT') return value?.type.id !== 'VARCHAR';
  if (/^(BIGINT|INTEGER|DOUBLE|DECIMAL)$/.test(type?.id ?? '')) return true;
  return /^([*/%]|count|count_star|sum|row_number|rank|length|year|month|day|hour|minute|second)$/.test(name);
}
