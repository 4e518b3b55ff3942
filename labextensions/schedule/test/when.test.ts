import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { When } from '../src/when';
import { EVERY_MORNING, fromCron, toCron } from '../src/when';

const when = (part: Partial<When>): When => ({ ...EVERY_MORNING, ...part });

test('each rhythm is a cron expression', () => {
  assert.equal(toCron(when({ rhythm: 'hour', minute: 5 })), '5 * * * *');
  assert.equal(toCron(when({ rhythm: 'day', time: '08:30' })), '30 8 * * *');
  assert.equal(toCron(when({ rhythm: 'weekday', time: '23:59' })), '59 23 * * 1-5');
  assert.equal(toCron(when({ rhythm: 'week', time: '00:00', weekday: 0 })), '0 0 * * 0');
  assert.equal(toCron(when({ rhythm: 'month', time: '09:05', day: 31 })), '5 9 31 * *');
  assert.equal(toCron(when({ rhythm: 'cron', expression: ' */5  * * * * ' })), '*/5 * * * *');
});

test('a form that is not filled in has none', () => {
  assert.equal(toCron(when({ rhythm: 'day', time: '' })), '');
  assert.equal(toCron(when({ rhythm: 'day', time: '24:00' })), '');
  assert.equal(toCron(when({ rhythm: 'hour', minute: NaN })), '');
  assert.equal(toCron(when({ rhythm: 'month', day: 32 })), '');
  assert.equal(toCron(when({ rhythm: 'cron', expression: '  ' })), '');
});

test('an expression comes back as the rhythm it was', () => {
  for (const expression of [
    '5 * * * *',
    '30 8 * * *',
    '59 23 * * 1-5',
    '0 0 * * 0',
    '5 9 31 * *',
    '*/5 * * * *',
    '0 8 1 1 *',
    '0 8 * * 1,3',
    '0 8 1 * 1',
    '@daily',
    '0 8 * * * *'
  ]) {
    assert.equal(toCron(fromCron(expression)), expression);
  }
  assert.equal(toCron(fromCron(null)), null);
  assert.equal(fromCron('59 23 * * 1-5').rhythm, 'weekday');
  assert.equal(fromCron('0 8 * * 1,3').rhythm, 'cron');
});
