import { expect, test } from 'vitest';
import { stepsOf } from '../../web/charts/steps.ts';

const path = (text: string, value: number) => ({ steps: text.split(' '), value });

test('paths that begin alike are one until they part; the busiest step comes first', () => {
  const steps = stepsOf([path('/ cart', 2), path('/ shoes cart', 3), path('/blog', 9), path('/ shoes', 1)]);
  expect(steps).toEqual([
    { name: '/blog', value: 9, next: [] },
    {
      name: '/',
      value: 6,
      next: [
        { name: 'shoes', value: 4, next: [{ name: 'cart', value: 3, next: [] }] },
        { name: 'cart', value: 2, next: [] },
      ],
    },
  ]);
});

test('beyond five branches the rest are summed up, and no count is lost', () => {
  const steps = stepsOf([7, 6, 5, 4, 3, 2, 1].map((value) => path(`page-${value}`, value)));
  expect(steps.map(({ name, value }) => `${name} ${value}`)).toEqual([
    'page-7 7',
    'page-6 6',
    'page-5 5',
    'page-4 4',
    'page-3 3',
    '(others) 3',
  ]);
});
