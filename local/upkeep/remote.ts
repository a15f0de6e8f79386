/** Upkeep asked for in one thread and done in another: messages in plain data, and an id for each request. */
import type { Predicate } from '../iceberg/types.ts';
import type { Optimized, Upkeep, Vacuumed } from './index.ts';

export type UpkeepTask =
  | { task: 'optimize'; table: string; predicates: readonly Predicate[] }
  | { task: 'vacuum'; table: string };
export type UpkeepRequest = UpkeepTask & { id: number };
export type UpkeepAnswer = { id: number } & ({ result: object } | { error: string });

/** Carries out a request. Never rejects. */
export async function answerRequest(upkeep: Upkeep, request: UpkeepRequest): Promise<UpkeepAnswer> {
  const { id, table } = request;
  try {
    const work =
      request.task === 'optimize' ? upkeep.optimize(table, request.predicates) : upkeep.vacuum(table);
    return { id, result: await work };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

/** The asking side. */
export class RemoteUpkeep implements Upkeep {
  readonly #send: (request: UpkeepRequest) => void;
  readonly #waiting = new Map<number, (answer: UpkeepAnswer) => void>();
  #lastId = 0;
  #ended: string | undefined;

  constructor(send: (request: UpkeepRequest) => void) {
    this.#send = send;
  }

  async optimize(table: string, predicates: readonly Predicate[]) {
    return (await this.#ask({ task: 'optimize', table, predicates })) as Optimized;
  }

  async vacuum(table: string) {
    return (await this.#ask({ task: 'vacuum', table })) as Vacuumed;
  }

  /** Takes an answer of the other side. */
  settle(answer: UpkeepAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  /** The other side is gone: what waits for it, and what comes later, fails with `reason`. */
  end(reason: string): void {
    this.#ended = reason;
    for (const id of [...this.#waiting.keys()]) this.settle({ id, error: reason });
  }

  async #ask(task: UpkeepTask): Promise<object> {
    const id = ++this.#lastId;
    if (this.#ended !== undefined) throw new Error(this.#ended);
    const answer = await new Promise<UpkeepAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ ...task, id });
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.result;
  }
}
