/** Members of a request, checked: the text of a refusal names the member, what is allowed and what came. */
import { isNamePattern, nameFilter } from '../sql/name-filter.ts';
import { ApiError, type Input } from './json11.ts';

export interface TextLimits {
  min?: number;
  max?: number;
}

/** Throws `InvalidRequestException` unless the member is a string of that many characters. */
export function requiredText(input: Input, name: string, limits: TextLimits = {}): string {
  const value = optionalText(input, name, limits);
  if (value === undefined) throw invalid(`${name} is required`);
  return value;
}

export function optionalText(
  input: Input,
  name: string,
  { min = 1, max = 128 }: TextLimits = {},
): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`${name} must be a string, found ${typeof value}`);
  if (value.length >= min && value.length <= max) return value;
  throw invalid(`${name} must have ${min} to ${max} characters, found ${value.length}`);
}

export function optionalInteger(input: Input, name: string, min: number, max: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw invalid(`${name} must be a whole number from ${min} to ${max}, found ${JSON.stringify(value)}`);
}

/** A list of strings; empty if the member is absent. */
export function textList(input: Input, name: string, max: number): string[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw invalid(`${name} must be a list of strings`);
  }
  if (value.length > max) throw invalid(`${name} has ${value.length} items; at most ${max} are allowed`);
  return value as string[];
}

/** A blob: base64 text, decoded. Throws `SerializationException` for what is none. */
export function blob(input: Input, name: string): Buffer {
  const value = input[name];
  if (value === undefined || value === null) throw invalid(`${name} is required`);
  if (typeof value === 'string' && isBase64(value)) return Buffer.from(value, 'base64');
  throw new ApiError('SerializationException', `${name} must be base64`);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A list of structures, `min` to `max` of them. */
export function structures(input: Input, name: string, min: number, max: number): Input[] {
  const value = input[name];
  if (value === undefined || value === null) throw invalid(`${name} is required`);
  if (!Array.isArray(value)) throw invalid(`${name} must be a list`);
  if (value.length < min || value.length > max) {
    throw invalid(`${name} must have ${min} to ${max} items, found ${value.length}`);
  }
  for (const [i, item] of value.entries()) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      throw invalid(`${name}[${i}] must be a structure`);
    }
  }
  return value as Input[];
}

/** A structure; empty if the member is absent. */
export function structure(input: Input, name: string): Input {
  const value = input[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid(`${name} must be a structure`);
  return value as Input;
}

/** A filter of names by a pattern in a member; all pass without one. */
export function namePattern(input: Input, name: string, max: number): (name: string) => boolean {
  const pattern = optionalText(input, name, { min: 0, max });
  if (pattern === undefined || isNamePattern(pattern)) return nameFilter(pattern);
  throw invalid(
    `${name} is ${pattern}; of regular expressions, only names, *, .*, |, ^, $ and () are understood here`,
  );
}

export function invalid(message: string, details: object = {}): ApiError {
  return new ApiError('InvalidRequestException', message, 400, details);
}
