import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isSqlLine, parseCell } from '../src/cell';

test('a cell of SQL begins with its magic', () => {
  assert.ok(isSqlLine('%%sql'));
  assert.ok(isSqlLine('%%sql late --source flights'));
  assert.ok(!isSqlLine('%%sqlite'));
  assert.ok(!isSqlLine(' %%sql'));
  assert.ok(!isSqlLine('%sql tables'));
});

test('its first line names the source', () => {
  assert.deepEqual(parseCell('%%sql\nSELECT 1'), { source: null, body: 6 });
  assert.equal(parseCell('%%sql a --source notes --preview\nSELECT 1')?.source, 'notes');
  assert.equal(parseCell('%%sql --source="my notes"\n')?.source, 'my notes');
  assert.equal(parseCell("%%sql --source 'my notes'\n")?.source, 'my notes');
  assert.equal(parseCell('%%sql a\n-- --source b\n')?.source, null);
});

test('without a second line there is no SQL', () => {
  assert.equal(parseCell('%%sql --source notes'), null);
  assert.equal(parseCell('x = 1\n%%sql'), null);
});
