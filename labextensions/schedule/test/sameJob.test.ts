import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Job, LodgeApi } from '@lodge/kit';
import { nameOfAsked, ownJobs } from '../src/sameJob';

const trans = { __: (text: string, name: string) => text.replace('%1', name) };

test('a run by hand is a job of its own beside a scheduled one, and the same one otherwise', () => {
  assert.equal(nameOfAsked('delays', [], trans), 'delays');
  assert.equal(nameOfAsked('delays', [{ name: 'delays', cron: null }], trans), 'delays');
  assert.equal(
    nameOfAsked('delays', [{ name: 'delays', cron: '0 8 * * *' }], trans),
    'delays (when asked)'
  );
});

test('the jobs of a notebook are found on every page', async () => {
  const pages = [['a', 'b'], ['a']].map((paths, number, all) => ({
    items: paths.map(notebook_path => ({ notebook_path }) as Job),
    next_cursor: number < all.length - 1 ? String(number + 1) : null
  }));
  const api = { jobs: async ({ cursor = '0' }) => pages[Number(cursor)] } as unknown as LodgeApi;
  assert.equal((await ownJobs(api, 'a')).length, 2);
});
