/**
 * Random sequences of everything that can happen to a table, against plain tables in memory. A failure prints its
 * seed and its steps; `FIRN_MODEL_SEED=<seed> FIRN_MODEL_STEPS=<steps> npx vitest run test/model` lives it again.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/temporary.ts';
import { diceOf } from './shape.ts';
import { World } from './world.ts';

const steps = Number(process.env.FIRN_MODEL_STEPS ?? 40);
const firstSeed = Number(process.env.FIRN_MODEL_SEED ?? 1);
/** A life is short, so that what it did can be read. */
const STEPS_OF_A_LIFE = 200;

test(`a table is what the model says, whatever happens to it`, async () => {
  for (let seed = firstSeed, done = 0; done < steps; seed += 1, done += STEPS_OF_A_LIFE) {
    const home = path.join(temporaryFolder(), 'home');
    mkdirSync(home);
    const world = new World(home, diceOf(seed));
    const story: string[] = [];
    try {
      for (let i = done; i < Math.min(steps, done + STEPS_OF_A_LIFE); i++) {
        story.push(await world.step());
        const difference = await world.difference();
        if (difference !== undefined) throw new Error(difference);
      }
    } catch (error) {
      expect.fail(`seed ${seed}, step ${story.length}: ${(error as Error).stack}\n  ${story.join('\n  ')}`);
    } finally {
      await world.close().catch(() => {});
    }
  }
}, 3_600_000);
