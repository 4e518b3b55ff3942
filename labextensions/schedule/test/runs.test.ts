import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Job, Run } from '@lodge/kit/src/types';
import { elapsed, isActive, mergeRuns, nextPoll } from '../src/runs';

const run = (part: Partial<Run>): Run =>
  ({
    id: 'a',
    state: 'succeeded',
    created_at: '2026-01-01T00:00:00Z',
    duration_s: null,
    ...part
  }) as Run;
const job = (part: Partial<Job>): Job =>
  ({ enabled: true, next_run_at: null, last_run: null, ...part }) as Job;
const NOW = Date.parse('2026-01-01T00:00:00Z');

test('a strip is the newest runs, each once, oldest first', () => {
  const known = [1, 2, 3].map(n => run({ id: `r${n}`, created_at: `2026-01-0${n}T00:00:00Z` }));
  const newer = [
    run({ id: 'r4', created_at: '2026-01-04T00:00:00Z' }),
    { ...known[2], state: 'failed' as const }
  ];
  const merged = mergeRuns(known, newer, 3);
  assert.deepEqual(
    merged.map(one => one.id),
    ['r2', 'r3', 'r4']
  );
  assert.equal(merged[1].state, 'failed');
});

test('the server is asked soon while something runs', () => {
  assert.equal(nextPoll([job({ last_run: run({ state: 'queued' }) })], NOW), 2000);
  assert.ok(isActive(run({ state: 'running' })));
});

test('else when a job is due, within a minute', () => {
  const due = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
  assert.equal(nextPoll([], NOW), 60000);
  assert.equal(
    nextPoll([job({ next_run_at: due(20) }), job({ next_run_at: due(90) })], NOW),
    21500
  );
  assert.equal(nextPoll([job({ next_run_at: due(9000) })], NOW), 60000);
  assert.equal(nextPoll([job({ next_run_at: due(-500) })], NOW), 2000);
  assert.equal(nextPoll([job({ next_run_at: due(20), enabled: false })], NOW), 60000);
});

test('a run has taken what the server says, or the time since its start', () => {
  assert.equal(elapsed(run({ duration_s: 3 }), NOW), 3);
  assert.equal(elapsed(run({ started_at: null }), NOW), null);
  assert.equal(elapsed(run({ started_at: '2025-12-31T23:59:50Z', ended_at: null }), NOW), 10);
  assert.equal(elapsed(run({ started_at: '2026-01-01T00:00:05Z', ended_at: null }), NOW), 0);
});
