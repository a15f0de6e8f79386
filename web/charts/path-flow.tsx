/** What followed what: paths that begin alike are drawn as one, and part where they differ. */
import { number } from '../format.ts';
import type { Step } from './steps.ts';

export function PathFlow({ steps, label, value }: { steps: readonly Step[]; label: string; value: string }) {
  const total = steps.reduce((sum, step) => sum + step.value, 0);
  return (
    <table class="bars paths" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col" class="right">
            {value}
          </th>
          <th scope="col" class="right">
            of all
          </th>
          <td aria-hidden="true" />
        </tr>
      </thead>
      <tbody>
        {lines(steps, 0).map(({ depth, name, value: times }, i) => (
          <tr key={i}>
            <th scope="row" class={`depth-${Math.min(depth, 5)}`} title={name}>
              {depth > 0 && <span aria-hidden="true">↳ </span>}
              <span class="hidden">step {depth + 1}: </span>
              {name}
            </th>
            <td class="right">{number(times)}</td>
            <td class="right">{total > 0 ? `${number((100 * times) / total)} %` : ''}</td>
            <td class="bar-cell" aria-hidden="true">
              <meter min={0} max={Math.max(total, 1e-9)} value={Math.max(0, times)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Steps in the order that they are read: each before what came after it. */
function lines(steps: readonly Step[], depth: number): { depth: number; name: string; value: number }[] {
  return steps.flatMap(({ name, value, next }) => [{ depth, name, value }, ...lines(next, depth + 1)]);
}
