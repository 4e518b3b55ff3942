import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nameResult } from '../src/cell';
import { clicked, isWhole, pageOf, parseBundle } from '../src/result/bundle';

const JSON_OF_THREE = {
  version: 1,
  id: 'a',
  variable: null,
  columns: [
    { name: 'n', type: 'bigint', number: true },
    { name: 'word', type: 'varchar', number: false }
  ],
  hidden_columns: 0,
  rows: [
    ['10', 'b'],
    ['9', null],
    [null, 'Ab']
  ],
  total: 3,
  notes: ['3 rows']
};
const bundle = parseBundle(JSON_OF_THREE)!;
const page = { sort: null, descending: false, search: '', offset: 0, limit: 20 };

test('a display of another version is not taken for ours', () => {
  assert.equal(parseBundle({ ...JSON_OF_THREE, version: 2 }), null);
  assert.equal(parseBundle('text'), null);
  assert.equal(parseBundle({ version: 1, columns: {}, rows: [] }), null);
});

test('numbers are sorted as numbers, and NULLs come last either way', () => {
  const values = (descending: boolean) =>
    pageOf(bundle, { ...page, sort: 0, descending }).rows.map(row => row[0]);
  assert.deepEqual(values(false), ['9', '10', null]);
  assert.deepEqual(values(true), ['10', '9', null]);
});

test('large whole numbers keep their order', () => {
  const big = ['9007199254740993', '9007199254740992'];
  const large = { ...bundle, rows: big.map(value => [value, null]) };
  const rows = pageOf(large, { ...page, sort: 0 }).rows.map(row => row[0]);
  assert.deepEqual(rows, [big[1], big[0]]);
});

test('a search finds a text in any column, in upper and lower case', () => {
  assert.deepEqual(pageOf(bundle, { ...page, search: 'B' }), {
    rows: [JSON_OF_THREE.rows[0], JSON_OF_THREE.rows[2]],
    found: 2
  });
});

test('pages are cut from what was found', () => {
  assert.deepEqual(pageOf(bundle, { ...page, offset: 1, limit: 1 }), {
    rows: [['9', null]],
    found: 3
  });
});

test('the result is whole when all its rows are in the notebook', () => {
  assert.ok(isWhole(bundle));
  assert.ok(!isWhole({ ...bundle, total: 4 }));
  assert.ok(isWhole({ ...bundle, total: null }));
});

test('a head sorts up, then down, then no more', () => {
  const up = clicked({ sort: null, descending: false, search: 'x' }, 1);
  assert.deepEqual(up, { sort: 1, descending: false, search: 'x' });
  const down = clicked(up, 1);
  assert.deepEqual(down, { sort: 1, descending: true, search: 'x' });
  assert.deepEqual(clicked(down, 1), { sort: null, descending: false, search: 'x' });
  assert.deepEqual(clicked(down, 0), { sort: 0, descending: false, search: 'x' });
});

test('a cell gets a variable unless it has one', () => {
  const named = (line: string) => nameResult(`${line}\nSELECT 1`, 'result').split('\n')[0];
  assert.equal(named('%%sql'), '%%sql result');
  assert.equal(
    named('%%sql --source flights --preview 5'),
    '%%sql result --source flights --preview 5'
  );
  assert.equal(named('%%sql --source "my flights"'), '%%sql result --source "my flights"');
  assert.equal(named('%%sql --preview'), '%%sql result --preview');
  assert.equal(named('%%sql late'), '%%sql late');
  assert.equal(named('%%sql --source flights late'), '%%sql --source flights late');
  assert.equal(named('%%sql --preview late'), '%%sql --preview late');
  assert.equal(named('%%sql --cache late'), '%%sql --cache late');
  assert.equal(named("%%sql --param day='a b' late"), "%%sql --param day='a b' late");
  assert.equal(nameResult('SELECT 1', 'result'), 'SELECT 1');
});
