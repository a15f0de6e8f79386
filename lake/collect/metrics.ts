/** The tracking library's own metrics, `{"series": [ … ]}`: of use to its makers, so they are counted only. */
import { isName } from '../gateway.ts';
import { scanArray, scanObject, skipSpace, skipValue } from '../json-scan.ts';

/** How many came; 0 where the body is something else. */
export function countMetrics(body: Buffer): number {
  let count = 0;
  scanObject(body, skipSpace(body, 0), (name, nameEnd, value) => {
    if (!isName(body, name, nameEnd, 'series')) return skipValue(body, value);
    return scanArray(body, value, (item) => {
      const end = skipValue(body, item);
      if (end >= 0) count += 1;
      return end;
    });
  });
  return count;
}
