import assert from 'node:assert/strict';
import { test } from 'node:test';

import { absoluteTime, duration, relativeTime } from '../src/time';

const NOW = Date.parse('2026-03-03T12:00:00Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

test('times are relative, in the language of the user', () => {
  assert.equal(relativeTime(at(-10), 'en', NOW), 'now');
  assert.equal(relativeTime(at(-180), 'en', NOW), '3 minutes ago');
  assert.equal(relativeTime(at(7200), 'en', NOW), 'in 2 hours');
  assert.equal(relativeTime(at(86400), 'en', NOW), 'tomorrow');
  assert.equal(relativeTime(at(-180), 'zh_CN', NOW), '3分钟前');
  assert.equal(relativeTime(at(-50), 'en', NOW), '1 minute ago');
});

test('absolute times name their zone', () => {
  const words = absoluteTime('2026-03-03T12:00:00Z', 'en', 'Asia/Shanghai');
  assert.match(words, /Tue/);
  assert.match(words, /08:00/);
  assert.match(words, /GMT\+8/);
});

test('durations have units', () => {
  assert.equal(duration(0.84), '0.8 s');
  assert.equal(duration(14.4), '14 s');
  assert.equal(duration(185), '3 min 05 s');
  assert.equal(duration(7440), '2 h 04 min');
});
