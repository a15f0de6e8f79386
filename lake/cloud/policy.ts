/** IAM policy documents as data (IAM user guide, "IAM JSON policy reference"). */

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  Action: readonly string[];
  /** Absent in a role's trust, whose resource is the role. */
  Resource?: readonly string[];
  Condition?: Conditions;
}

export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface Policy {
  Version: '2012-10-17';
  Statement: readonly Statement[];
}

export function policy(statements: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement: statements };
}

export function allow(
  actions: readonly string[],
  resources: readonly string[],
  condition?: Conditions,
): Statement {
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition !== undefined && { Condition: condition }),
  };
}

/** Who may take a role. */
export function trust(
  principal: Readonly<Record<string, string | readonly string[]>>,
  condition?: Conditions,
): Policy {
  return policy([
    {
      Effect: 'Allow',
      Principal: principal,
      Action: ['sts:AssumeRole'],
      ...(condition !== undefined && { Condition: condition }),
    },
  ]);
}
