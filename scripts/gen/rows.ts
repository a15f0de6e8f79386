/** Step → event of one table: the known facts by column, everything else from the contract. */
import type { Contract, Field, Type } from '../../lake/types.ts';
import { type Fact, factsOf, spelledByAlias } from './facts.ts';
import type { Random } from './random.ts';
import type { Step } from './sessions.ts';
import { compileValue } from './values.ts';

export type Format = 'json' | 'avro';

/** An event's members; in Avro every optional one is there, as null if it has no value. */
export type Members = Record<string, unknown>;

/** The share of optional columns that are left out, where nothing is known of them. */
const absent = 0.1;

/** Compiles a contract into a function that adds the event of a step to `start` (its id, its table). */
export function compileEvent(
  contract: Contract,
  format: Format,
  random: Random,
): (step: Step, start: Members) => Members {
  const own = contract.fields.filter(({ name }) => name !== 'event_id' && name !== 'received_at');
  const spelling: Spelling = {
    format,
    nameOf: format === 'json' ? memberName(contract) : (field) => field.name,
  };
  return compileMembers(own, factsOf[contract.table] ?? {}, '', spelling, random);
}

/** The member of a JSON event that a column is sent as. */
export function memberName(contract: Contract): (field: Field) => string {
  return spelledByAlias.has(contract.table)
    ? (field) => field.aliases[0] ?? field.name
    : (field) => field.name;
}

interface Spelling {
  format: Format;
  nameOf(field: Field): string;
}

function compileMembers(
  fields: readonly Field[],
  facts: Readonly<Record<string, Fact>>,
  prefix: string,
  spelling: Spelling,
  random: Random,
): (step: Step, into: Members) => Members {
  const columns = fields.map((field) => ({
    name: spelling.nameOf(field),
    make: compileColumn(field, facts, prefix + field.name, spelling, random),
  }));
  return (step, into) => {
    for (const { name, make } of columns) {
      const value = make(step);
      if (value !== undefined) into[name] = value;
      else if (spelling.format === 'avro') into[name] = null;
    }
    return into;
  };
}

function compileColumn(
  field: Field,
  facts: Readonly<Record<string, Fact>>,
  path: string,
  spelling: Spelling,
  random: Random,
): Fact {
  const { type, required } = field;
  const fact = facts[path];
  const spell = spelling.format === 'json' ? jsonOf(type) : asIs;
  if (fact !== undefined) {
    return (step) => {
      const raw = fact(step);
      return raw === undefined ? undefined : spell(raw);
    };
  }
  if (type.kind === 'struct') {
    const members = compileMembers(type.fields, facts, `${path}.`, spelling, random);
    const known = Object.keys(facts).some((name) => name.startsWith(`${path}.`));
    return (step) => (!required && !known && random.chance(absent) ? undefined : members(step, {}));
  }
  const make = compileValue(field);
  return (step) => (!required && random.chance(absent) ? undefined : spell(make(random, step.at)));
}

/** Avro messages take raw values: avro.ts encodes them. */
function asIs(raw: unknown): unknown {
  return raw;
}

/** Raw values → JSON, in the form that a producer of such events would choose. */
function jsonOf(type: Type): (raw: unknown) => unknown {
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz': {
      if (type.epoch === undefined) return isoText();
      const perSecond = { s: 1, ms: 1000, us: 1_000_000 }[type.epoch];
      return (raw) => ((raw as number) * perSecond) / 1000;
    }
    case 'date':
      return (raw) => new Date((raw as number) * 86_400_000).toISOString().slice(0, 10);
    case 'decimal':
      return (raw) => Math.round((raw as number) * 10 ** type.scale) / 10 ** type.scale;
    case 'binary':
      return (raw) => (raw as Buffer).toString('base64');
    case 'list': {
      const spell = jsonOf(type.element);
      return (raw) => (raw as unknown[]).map(spell);
    }
    case 'map': {
      const spell = jsonOf(type.value);
      return (raw) =>
        Object.fromEntries(Object.entries(raw as Members).map(([key, value]) => [key, spell(value)]));
    }
    case 'struct': {
      const members = type.fields.map((field) => ({ name: field.name, spell: jsonOf(field.type) }));
      return (raw) =>
        Object.fromEntries(members.map(({ name, spell }) => [name, spell((raw as Members)[name])]));
    }
    default:
      return (raw) => raw;
  }
}

/** Ms since 1970 → ISO 8601. Many events share a second, so its text is kept. */
function isoText(): (raw: unknown) => string {
  let second = Number.NaN;
  let text = '';
  return (raw) => {
    const ms = raw as number;
    if (Math.floor(ms / 1000) !== second) {
      second = Math.floor(ms / 1000);
      text = new Date(ms).toISOString().slice(0, 20);
    }
    return `${text}${String(ms - second * 1000).padStart(3, '0')}Z`;
  };
}
