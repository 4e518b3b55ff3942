import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Tree } from '../src/rows';
import { cellFor, keyOf, MOST, rowsOf } from '../src/rows';

const table = (name: string) => ({ name, kind: 'table', sql: name });
const source = (name: string, isDefault = false) => ({
  name,
  type: 'duckdb',
  description: '',
  default: isDefault
});

function tree(change: Partial<Tree> = {}): Tree {
  return {
    sources: [source('flights', true), source('notes')],
    tables: new Map([
      ['flights', { phase: 'ready', items: [table('carriers'), table('late')] }],
      ['notes', { phase: 'error', message: 'It is gone.', reason: 'source_failed' }]
    ]),
    columns: new Map([
      [
        keyOf('flights', 'late'),
        { phase: 'ready', items: [{ name: 'delay', type: 'integer', sql: 'delay' }] }
      ]
    ]),
    open: new Set(),
    filter: '',
    ...change
  };
}

const seen = (one: Tree): string[] => rowsOf(one).map(row => `${row.level} ${row.kind}`);

test('what is folded is not seen', () => {
  assert.deepEqual(seen(tree()), ['1 source', '1 source']);
});

test('what is open shows its tables and columns', () => {
  const open = new Set([keyOf('flights'), keyOf('flights', 'late')]);
  const rows = rowsOf(tree({ open }));
  assert.deepEqual(
    rows.map(row => row.kind),
    ['source', 'table', 'table', 'column', 'source']
  );
  assert.deepEqual([rows[2]!.position, rows[2]!.size], [2, 2]);
});

test('a dead source says so in its own place', () => {
  const open = new Set([keyOf('notes'), keyOf('flights')]);
  assert.deepEqual(seen(tree({ open })).slice(-2), ['1 source', '2 error']);
});

test('what was not asked for yet is loading', () => {
  const open = new Set([keyOf('flights'), keyOf('flights', 'carriers')]);
  assert.ok(seen(tree({ open })).includes('3 loading'));
});

test('the filter finds tables and columns, and unfolds them', () => {
  assert.deepEqual(seen(tree({ filter: 'CARR' })), ['1 source', '2 table']);
  assert.deepEqual(seen(tree({ filter: 'delay' })), ['1 source', '2 table', '3 column']);
  assert.deepEqual(seen(tree({ filter: 'nowhere' })), []);
});

test('ten thousand tables are cut, and the filter finds the rest', () => {
  const items = Array.from({ length: 10_000 }, (_, number) => table(`t${number}`));
  const tables: Tree['tables'] = new Map([['flights', { phase: 'ready', items }]]);
  const open = new Set([keyOf('flights')]);
  const rows = rowsOf(tree({ tables, open, sources: [source('flights')] }));
  assert.equal(rows.length, MOST + 2);
  assert.equal(rows.at(-1)!.kind, 'more');
  assert.equal(rowsOf(tree({ tables, open, filter: 't9999' })).length, 2);
});

test('keys of names with slashes differ', () => {
  assert.notEqual(keyOf('a', 'b/c'), keyOf('a/b', 'c'));
});

test('a cell names the source unless it is the default', () => {
  assert.equal(cellFor(source('a', true), 'a', table('t')), '%%sql --preview\nSELECT *\nFROM t\n');
  assert.equal(
    cellFor(source('a b'), 'a b', table('t')),
    '%%sql --source "a b" --preview\nSELECT *\nFROM t\n'
  );
});
