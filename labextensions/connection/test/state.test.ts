import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ServerState } from '../src/state';
import { changed, settled, stateOf } from '../src/state';

/** Answers one after another, the last one for ever, and a clock that only sleep moves. */
function asked(...answers: ServerState[]) {
  let time = 0;
  let place = 0;
  return {
    ask: () => Promise.resolve(answers[Math.min(place++, answers.length - 1)]!),
    clock: { now: () => time, sleep: (ms: number) => Promise.resolve(void (time += ms)) },
    seconds: () => time / 1000
  };
}

test('an answer of the server is one, whatever it says', () => {
  assert.equal(stateOf(200), 'there');
  assert.equal(stateOf(403), 'there');
  assert.equal(stateOf(500), 'there');
});

test('what stands before the server speaks for it', () => {
  assert.equal(stateOf(424), 'stopped');
  assert.equal(stateOf(503), 'unreachable');
  assert.equal(stateOf(null), 'unreachable');
});

test('a request lost is no server lost', async () => {
  const lost = asked('unreachable', 'stopped', 'there');
  assert.equal(await settled(lost.ask, lost.clock), 'there');
  assert.equal(lost.seconds(), 2);
});

test('the hub is believed sooner than silence', async () => {
  const stopped = asked('stopped');
  assert.equal(await settled(stopped.ask, stopped.clock), 'stopped');
  assert.equal(stopped.seconds(), 3);
  const silent = asked('unreachable');
  assert.equal(await settled(silent.ask, silent.clock), 'unreachable');
  assert.equal(silent.seconds(), 10);
});

test('a server that is found again, or found stopped, is noticed', async () => {
  const found = asked('unreachable', 'unreachable', 'stopped');
  assert.equal(await changed('unreachable', found.ask, found.clock), 'stopped');
  assert.equal(found.seconds(), 3);
});
