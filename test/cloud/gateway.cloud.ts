import { test } from 'vitest';
import { render } from './render/render.ts';

const graph = await render();
test('x', () => { console.log(graph.outputs, JSON.stringify(graph.all('Function').map(r=>[r.name, r.inputs.environment])), JSON.stringify(graph.all('RandomPassword')), JSON.stringify(graph.all('Secret')),JSON.stringify(graph.resources.find(r=>r.type.endsWith('Stack'))?.state)); });
