import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bytes, calledName, pace, settled, share, shortName } from '../src/amounts';

test('bytes have a unit and no more digits than one reads', () => {
  assert.equal(bytes(0), '0 B');
  assert.equal(bytes(1000), '1000 B');
  assert.equal(bytes(1024), '1.0 KiB');
  assert.equal(bytes(8400), '8.2 KiB');
  assert.equal(bytes(151177147), '144 MiB');
  assert.equal(bytes(1048575), '1.0 MiB');
  assert.equal(bytes(5 * 1024 ** 4), '5.0 TiB');
  assert.equal(bytes(-1), '0 B');
});

test('a part of nothing is nothing, and no part exceeds the whole', () => {
  assert.equal(share(3, 0), 0);
  assert.equal(share(3, 2), 1);
  assert.equal(share(1, 4), 0.25);
});

test('skipped tasks are behind a job', () => {
  const tasks = { total: 6, done: 4, running: 0, failed: 1, killed: 0, skipped: 2 };
  assert.equal(settled(tasks), 6);
  assert.equal(settled({ ...tasks, skipped: 4 }), 6);
});

test('a table is named by the first line of its plan', () => {
  assert.equal(shortName({ id: 7, name: 'Exchange Round\n+- Project\n' }), 'Exchange Round');
  assert.equal(shortName({ id: 7, name: ' ' }), 'RDD 7');
});

test('a call from Python is named without the place that is always the same', () => {
  assert.equal(calledName({ name: 'count at NativeMethodAccessorImpl.java:0' }), 'count');
  assert.equal(calledName({ name: 'count at flights.py:18' }), 'count at flights.py:18');
  assert.equal(
    calledName({ name: 'count at /tmp/ipykernel_24184/790491342.py:4' }),
    'count at cell line 4'
  );
  assert.equal(calledName({ name: 'count', description: 'By carrier' }), 'By carrier');
});

test('the server is asked soon at work, and less and less without news', () => {
  assert.equal(pace(true, 9), 2000);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].map(quiet => pace(false, quiet)),
    [2000, 2000, 2000, 4000, 8000, 16000, 16000]
  );
});
