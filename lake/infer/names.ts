/** What names say: the column of a JSON member, and whether it sounds like a time or like somebody's own. */
import type { Shape } from './observe.ts';

/** `customerId` → `customer_id`: lower-case letters, digits and underscores, as Glue and Athena fold them. */
export function columnName(given: string): string {
  const name = given
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^_+(?=.)|_+$/g, '');
  if (name === '' || /^\d/.test(name)) return `c_${name}`;
  // The lakehouse's own column, and names that lower-cased are members of every JavaScript object.
  return name in {} || name === 'received_at' ? `client_${name}` : name;
}

/** Whether a number of this name may count time: `created_at`, `ts`, `eventTime`. */
export function soundsLikeTime(path: string): boolean {
  const name = columnName(path.split('.').at(-1) ?? '');
  return /(^|_)(at|ts|time|timestamp|date|datetime|epoch|created|updated|expires)(_(ms|us|s|millis|micros|utc))?$/.test(
    name,
  );
}

const personalName =
  /(^|_)(e?mail|phone|mobile|fax|first_name|last_name|full_name|given_name|family_name|surname|street|address|postcode|zip|postal_code|birth(day|date|_date)?|dob|ssn|passport|iban|card_number|password|token|secret|ip|ip_address|ip_addr|lat|latitude|lng|lon|longitude)$/;

/** A proposal only: a person decides. Names count, and so do texts that are mostly addresses. */
export function looksPersonal(name: string, shape: Shape): boolean {
  const mostly = (count: number): boolean => shape.texts > 0 && count * 2 > shape.texts;
  return personalName.test(name) || mostly(shape.forms.email) || mostly(shape.forms.ip);
}
