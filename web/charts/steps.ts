/** Paths as steps that part: what followed what. Pure. */

/** A step, with how often it was come to, and what came after it. */
export interface Step {
  name: string;
  value: number;
  next: Step[];
}

/** Branches of a step that are drawn; the rest are summed up. */
const branches = 5;
const others = '(others)';

/** Paths with how often each was gone, as steps; the busiest first. */
export function stepsOf(paths: readonly { steps: readonly string[]; value: number }[]): Step[] {
  const root: Step = { name: '', value: 0, next: [] };
  for (const { steps, value } of paths) {
    let at = root;
    for (const name of steps) {
      let next = at.next.find((step) => step.name === name);
      if (next === undefined) {
        next = { name, value: 0, next: [] };
        at.next.push(next);
      }
      next.value += value;
      at = next;
    }
  }
  return busiest(root.next);
}

function busiest(steps: readonly Step[]): Step[] {
  const sorted = [...steps].sort((a, b) => b.value - a.value);
  const shown = sorted.slice(0, branches).map((step) => ({ ...step, next: busiest(step.next) }));
  const rest = sorted.slice(branches).reduce((sum, { value }) => sum + value, 0);
  return rest === 0 ? shown : [...shown, { name: others, value: rest, next: [] }];
}
