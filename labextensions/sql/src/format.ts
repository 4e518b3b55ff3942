/** SQL laid out over lines; loaded when a cell is first formatted. */
import type { SqlLanguage } from 'sql-formatter';
import { format } from 'sql-formatter';

const LANGUAGES: Record<string, SqlLanguage> = {
  clickhouse: 'clickhouse',
  duckdb: 'duckdb',
  hive: 'spark',
  mariadb: 'mariadb',
  mysql: 'mysql',
  mssql: 'transactsql',
  oracle: 'plsql',
  postgres: 'postgresql',
  postgresql: 'postgresql',
  sqlite: 'sqlite',
  trino: 'trino'
};
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`/g;

/**
 * The text of a cell with its SQL laid out; the line of options stays.
 *
 * Throws an Error when the SQL can't be read, or would not say the same afterwards.
 */
export function formatSql(text: string, body: number, kind: string): string {
  const sql = text.slice(body);
  const name = kind.replace(/^sqlalchemy\+/, '').split(/[+:]/)[0];
  const laid = format(sql, {
    language: LANGUAGES[name] ?? 'sql',
    keywordCase: 'upper',
    tabWidth: 2,
    paramTypes: { named: [':'] }
  });
  if (essence(laid) !== essence(sql) || quoted(laid) !== quoted(sql)) {
    throw new Error('The text would change.');
  }
  return text.slice(0, body) + laid.trimEnd();
}

function essence(sql: string): string {
  return sql.replace(/\s+/g, '').toLowerCase();
}

function quoted(sql: string): string {
  return JSON.stringify(sql.match(QUOTED));
}
