import type { Policy } from '../lake/cloud/policy.ts';

/** A policy whose ARNs are known only when the resources are. */
export function policyJson<T>(
  known: $util.Input<T>,
  make: (known: $util.Unwrap<T>) => Policy,
): $util.Output<string> {
  return $util.output(known).apply((values) => JSON.stringify(make(values as $util.Unwrap<T>)));
}
