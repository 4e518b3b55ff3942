/** The tree of sources as the rows that are seen, one after the other. */
import type { SqlColumn, SqlSource, SqlTable } from '@lodge/kit';

/** What is known of a list: nothing yet is `loading`. */
export type Loaded<T> =
  | { phase: 'loading' }
  | { phase: 'ready'; items: T[] }
  | { phase: 'error'; message: string; reason: string };

export interface Tree {
  sources: SqlSource[];
  tables: ReadonlyMap<string, Loaded<SqlTable>>;
  /** By `keyOf` a source and a table. */
  columns: ReadonlyMap<string, Loaded<SqlColumn>>;
  open: ReadonlySet<string>;
  filter: string;
}

interface Place {
  key: string;
  level: number;
  /** Where it stands among its siblings, from 1. */
  position: number;
  size: number;
}

export type Row = Place &
  (
    | { kind: 'source'; source: SqlSource; open: boolean }
    | { kind: 'table'; source: string; table: SqlTable; open: boolean }
    | { kind: 'column'; source: string; table: SqlTable; column: SqlColumn }
    | { kind: 'loading' }
    | { kind: 'empty'; of: 'tables' | 'columns' }
    | { kind: 'more'; hidden: number }
    | { kind: 'error'; message: string; reason: string; source: string; table: string | null }
  );

/** More tables of a source than this are found by the filter. */
export const MOST = 500;

export function keyOf(...names: string[]): string {
  return names.map(encodeURIComponent).join('/');
}

/** The rows that are seen: what is open, and with a filter what holds its text. */
export function rowsOf(tree: Tree): Row[] {
  const wanted = tree.filter.trim().toLowerCase();
  const rows: Row[] = [];
  const seen = tree.sources.filter(one => !wanted || sourceMatches(tree, one, wanted));
  seen.forEach((source, index) => {
    const key = keyOf(source.name);
    const open = wanted !== '' || tree.open.has(key);
    const place = { key, level: 1, position: index + 1, size: seen.length };
    rows.push({ ...place, kind: 'source', source, open });
    if (open) {
      rows.push(...tableRows(tree, source.name, wanted));
    }
  });
  return rows;
}

function tableRows(tree: Tree, source: string, wanted: string): Row[] {
  const loaded = tree.tables.get(source) ?? { phase: 'loading' };
  const alone = { key: `${keyOf(source)}//`, level: 2, position: 1, size: 1 };
  if (loaded.phase !== 'ready') {
    return [note(alone, loaded, source, null)];
  }
  const matching = wanted
    ? loaded.items.filter(one => tableMatches(tree, source, one, wanted))
    : loaded.items;
  // The source itself was meant, when none of its tables is.
  const found = matching.length ? matching : loaded.items;
  if (!found.length) {
    return [{ ...alone, kind: 'empty', of: 'tables' }];
  }
  const rows: Row[] = [];
  const shown = found.slice(0, MOST);
  const size = shown.length + (found.length > MOST ? 1 : 0);
  shown.forEach((table, index) => {
    const key = keyOf(source, table.name);
    const named = table.name.toLowerCase().includes(wanted);
    const open = tree.open.has(key) || (matching.length > 0 && !named);
    rows.push({ key, level: 2, position: index + 1, size, kind: 'table', source, table, open });
    if (open) {
      rows.push(...columnRows(tree, source, table, named ? '' : wanted));
    }
  });
  if (found.length > MOST) {
    rows.push({ ...alone, position: size, size, kind: 'more', hidden: found.length - MOST });
  }
  return rows;
}

function columnRows(tree: Tree, source: string, table: SqlTable, wanted: string): Row[] {
  const key = keyOf(source, table.name);
  const loaded = tree.columns.get(key) ?? { phase: 'loading' };
  const alone = { key: `${key}//`, level: 3, position: 1, size: 1 };
  if (loaded.phase !== 'ready') {
    return [note(alone, loaded, source, table.name)];
  }
  if (!loaded.items.length) {
    return [{ ...alone, kind: 'empty', of: 'columns' }];
  }
  const found = loaded.items.filter(one => one.name.toLowerCase().includes(wanted));
  const shown = found.length ? found : loaded.items;
  return shown.map((column, index) => ({
    key: keyOf(source, table.name, column.name),
    level: 3,
    position: index + 1,
    size: shown.length,
    kind: 'column' as const,
    source,
    table,
    column
  }));
}

function note(
  place: Place,
  loaded: Exclude<Loaded<unknown>, { phase: 'ready' }>,
  source: string,
  table: string | null
): Row {
  if (loaded.phase === 'loading') {
    return { ...place, kind: 'loading' };
  }
  const { message, reason } = loaded;
  return { ...place, kind: 'error', message, reason, source, table };
}

function sourceMatches(tree: Tree, source: SqlSource, wanted: string): boolean {
  const tables = tree.tables.get(source.name);
  return (
    source.name.toLowerCase().includes(wanted) ||
    // What is still on its way may hold it.
    tables?.phase === 'loading' ||
    (tables?.phase === 'ready' &&
      tables.items.some(one => tableMatches(tree, source.name, one, wanted)))
  );
}

function tableMatches(tree: Tree, source: string, table: SqlTable, wanted: string): boolean {
  const columns = tree.columns.get(keyOf(source, table.name));
  return (
    table.name.toLowerCase().includes(wanted) ||
    (columns?.phase === 'ready' &&
      columns.items.some(one => one.name.toLowerCase().includes(wanted)))
  );
}

/** The text of a cell that asks for the first rows of a table. */
export function cellFor(source: SqlSource | undefined, name: string, table: SqlTable): string {
  const quoted = /^[\w.-]+$/.test(name) ? name : `"${name}"`;
  const line = source?.default ? '%%sql --preview' : `%%sql --source ${quoted} --preview`;
  return `${line}\nSELECT *\nFROM ${table.sql}\n`;
}
