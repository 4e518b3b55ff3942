import assert from 'node:assert/strict';
import { test } from 'node:test';

import { askedAt, tablesIn } from '../src/suggest';

const asked = (text: string): string => {
  const one = askedAt(text);
  return one ? `${one.kind} ${one.owner}|${one.prefix}` : 'nothing';
};

test('what is asked for hangs on what stands before', () => {
  assert.equal(asked('SELECT car'), 'word |car');
  assert.equal(asked('SELECT '), 'word |');
  assert.equal(asked('SELECT f.'), 'member f|');
  assert.equal(asked('SELECT ops.late.de'), 'member ops.late|de');
  assert.equal(asked('WHERE x > :le'), 'variable |le');
  assert.equal(asked('WHERE x > :'), 'variable |');
  assert.equal(asked('SELECT 说'), 'word |说');
});

test('a cast is no variable', () => {
  assert.equal(asked('SELECT a::int'), 'word |int');
});

test('literals and comments are left alone', () => {
  assert.equal(asked("WHERE a = 'fr"), 'nothing');
  assert.equal(asked('SELECT 1 -- fr'), 'nothing');
  assert.equal(asked('/* fr'), 'nothing');
  assert.equal(asked("WHERE a = 'it''s' AND c"), 'word |c');
  assert.equal(asked("SELECT 1 -- it's\nFROM f"), 'word |f');
});

test('tables are found with their aliases', () => {
  const found = tablesIn(
    'SELECT * FROM flights f JOIN ops.late AS l ON 1=1, "Odd name" WHERE x = \'from here\''
  );
  assert.equal(found.get('f'), 'flights');
  assert.equal(found.get('l'), 'ops.late');
  assert.equal(found.get('"odd name"'), '"Odd name"');
  assert.ok(!found.has('where'));
  assert.ok(!found.has('here'));
});
