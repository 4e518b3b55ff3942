import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { TranslationBundle } from '@jupyterlab/translation';

import { sinceThen } from '../src/changes';

const fill = (text: string, values: unknown[]): string =>
  text.replace(/%(\d)/g, (_, at: string) => String(values[Number(at) - 1]));
const trans = {
  __: (text: string, ...values: unknown[]) => fill(text, values),
  _n: (one: string, many: string, n: number, ...values: unknown[]) =>
    fill(n === 1 ? one : many, [n, ...values])
} as unknown as TranslationBundle;

test('what has changed is told by cells and lines', () => {
  const changes = { version: 1, cells: 2, added: 3, removed: 1 };
  assert.equal(
    sinceThen(changes, [], trans),
    'Since then 2 cells differ: 3 lines of source are new, 1 gone.'
  );
  assert.match(sinceThen({ ...changes, cells: 1 }, [], trans), /1 cell differs/);
});

test('nothing is told as such', () => {
  const none = { version: 1, cells: 0, added: 0, removed: 0 };
  assert.equal(sinceThen(none, [], trans), 'Nothing has changed since.');
  assert.equal(sinceThen(none, ['a', 'b'], trans), 'Files that differ: a, b.');
});
