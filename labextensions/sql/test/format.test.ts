import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseCell } from '../src/cell';
import { formatSql } from '../src/format';

function formatted(text: string, kind: string): string {
  return formatSql(text, parseCell(text)?.body ?? 0, kind);
}

test('the SQL of a cell is laid out, its options stay', () => {
  assert.equal(
    formatted('%%sql late  --source hive\nselect a,b from t where x = :x', 'hive'),
    '%%sql late  --source hive\nSELECT\n  a,\n  b\nFROM\n  t\nWHERE\n  x = :x'
  );
});

test('literals, casts, comments and JSON paths stay as they are', () => {
  const cells: [string, string][] = [
    ['duckdb', "select a::int, b->>'$.x  y' from t -- it's\nwhere c in (:list)"],
    ['postgres', 'select $$a : b$$, \'select  from\'::text[], arr[1:2] from "My  Table"'],
    ['mariadb', 'select `a  b`, @x:=1 from t /* select  1 */'],
    ['sqlalchemy+trino://x', "select json_extract(a, '$.b') from c.d.e"],
    ['kylin', 'select 1']
  ];
  for (const [kind, sql] of cells) {
    const done = formatted(`%%sql\n${sql}`, kind);
    const literals = /'[^']*'|"[^"]*"|`[^`]*`|\/\*.*?\*\//g;
    assert.deepEqual(done.match(literals), `%%sql\n${sql}`.match(literals), kind);
    assert.match(done, /^%%sql\nSELECT\n/);
  }
});

test('formatting twice changes nothing more', () => {
  const once = formatted('%%sql\nselect a from t; delete from t where b = 1', 'sqlite');
  assert.equal(formatted(once, 'sqlite'), once);
});

test('what can not be read is left alone', () => {
  assert.throws(() => formatted('%%sql\nselect (((', 'postgres'));
});
