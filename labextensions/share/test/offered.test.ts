import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { OfferedFile, OfferedFiles } from '@lodge/kit/src/types';

import { added, differing, leftOut, sizeText, ticked, together, tooLarge } from '../src/offered';

function file(name: string, changes: Partial<OfferedFile> = {}): OfferedFile {
  return { name, size: 10, ticked: true, state: 'new', danger: '', secrets: [], ...changes };
}

function offered(items: OfferedFile[]): OfferedFiles {
  return { items, limits: { each: 20, all: 30, most: 3 }, version: 1 };
}

test('sizes are told in their unit', () => {
  assert.deepEqual([0, 1023, 1536, 20 * 1024 * 1024].map(sizeText), [
    '0 B',
    '1023 B',
    '1.5 KiB',
    '20 MiB'
  ]);
});

test('what is ticked and there goes along, the rest is remembered', () => {
  const items = [
    file('a'),
    file('b', { ticked: false }),
    file('c', { ticked: true, state: 'gone' })
  ];
  assert.deepEqual(
    ticked(items).map(one => one.name),
    ['a']
  );
  assert.equal(together(items), 10);
  assert.deepEqual(leftOut(items), ['b']);
});

test('too much is noticed, of one and of all', () => {
  assert.equal(tooLarge(offered([file('a'), file('b'), file('c')])), false);
  assert.equal(tooLarge(offered([file('a', { size: 21 })])), true);
  assert.equal(tooLarge(offered([file('a', { size: 21, ticked: false })])), false);
  assert.equal(tooLarge(offered([file('a', { size: 16 }), file('b', { size: 16 })])), true);
  const many = ['a', 'b', 'c', 'd'].map(name => file(name, { size: 1 }));
  assert.equal(tooLarge(offered(many)), true);
});

test('files that differ from the version before are named', () => {
  const items = [
    file('new'),
    file('unticked', { ticked: false }),
    file('same', { state: 'same' }),
    file('dropped', { state: 'same', ticked: false }),
    file('changed', { state: 'changed' }),
    file('gone', { state: 'gone', ticked: false })
  ];
  assert.deepEqual(differing(offered(items)), ['new', 'dropped', 'changed', 'gone']);
});

test('a file that is named by hand is ticked, and there once', () => {
  const items = [file('a', { ticked: false, state: 'changed' }), file('b', { state: 'gone' })];
  const again = added(items, file('a'));
  assert.deepEqual(
    again.map(one => [one.name, one.ticked, one.state]),
    [
      ['a', true, 'changed'],
      ['b', true, 'gone']
    ]
  );
  const back = added(items, file('b'));
  assert.deepEqual(
    back.map(one => [one.name, one.state]),
    [
      ['a', 'changed'],
      ['b', 'new']
    ]
  );
});
