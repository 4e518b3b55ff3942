import assert from 'node:assert/strict';
import { test } from 'node:test';

import { beginning, dayAfter, dayOf, periodOf } from '../src/period';

test('a day begins at midnight of its zone', () => {
  assert.equal(beginning('2026-11-29', 'UTC'), '2026-11-29T00:00:00.000Z');
  assert.equal(beginning('2026-11-29', 'Asia/Shanghai'), '2026-11-28T16:00:00.000Z');
  assert.equal(beginning('2026-07-01', 'Asia/Kolkata'), '2026-06-30T18:30:00.000Z');
  assert.equal(beginning('2026-03-29', 'Europe/Berlin'), '2026-03-28T23:00:00.000Z');
  assert.equal(beginning('2026-03-30', 'Europe/Berlin'), '2026-03-29T22:00:00.000Z');
});

test('a day whose midnight clocks skip begins where they go on', () => {
  // Santiago skips midnight of the 6th of September 2026.
  assert.equal(beginning('2026-09-06', 'America/Santiago'), '2026-09-06T04:00:00.000Z');
  assert.equal(dayOf('2026-09-06T03:59:59Z', 'America/Santiago'), '2026-09-05');
});

test('a day whose midnight comes twice begins with the first', () => {
  // Havana's clocks show midnight to one twice on the 1st of November 2026.
  assert.equal(beginning('2026-11-01', 'America/Havana'), '2026-11-01T04:00:00.000Z');
});

test('a year of days begins where the day before ends, in zones of all kinds', () => {
  for (const zone of ['America/Santiago', 'Australia/Lord_Howe', 'Asia/Shanghai', 'Europe/Paris']) {
    for (let day = '2026-01-01'; day < '2027-01-01'; day = dayAfter(day)) {
      const begun = beginning(day, zone);
      assert.equal(dayOf(begun, zone), day, `${zone} ${day}`);
      const before = new Date(Date.parse(begun) - 1).toISOString();
      assert.equal(dayOf(before, zone), dayAfter(day, -1), `${zone} ${day}`);
    }
  }
});

test('the last day holds the moment before the end', () => {
  const moments = { starts_at: '2026-11-28T16:00:00Z', ends_at: '2026-12-31T16:00:00Z' };
  assert.deepEqual(periodOf(moments, 'Asia/Shanghai'), { first: '2026-11-29', last: '2026-12-31' });
  assert.deepEqual(periodOf({ starts_at: null, ends_at: null }, 'UTC'), { first: '', last: '' });
});
