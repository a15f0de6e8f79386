/** The part of avsc that `lake/avsc.ts` takes; avsc's own declarations are of the whole. */
declare module 'avsc/lib/types.js' {
  import type avsc from 'avsc';

  const core: { Type: typeof avsc.Type; builtins: typeof avsc.types };
  export default core;
}
