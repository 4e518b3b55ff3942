import type { CompletionHandler, ICompletionContext } from '@jupyterlab/completer';
import type { Session } from '@jupyterlab/services';
import type { LodgeApi, SqlTable } from '@lodge/kit';

import { parseCell } from './cell';
import type { Asked } from './suggest';
import { askedAt, tablesIn } from './suggest';
import { words } from './words';

type Item = CompletionHandler.ICompletionItem;
type Reply = CompletionHandler.ICompletionItemsReply;

/** A list longer than this is no help; the next letters make it shorter. */
const MOST = 300;
const PATIENCE_MS = 700;
/** Tables of one query whose columns are asked for. */
const MOST_TABLES = 8;

/** Keywords, tables, columns and variables; a dead source just gives fewer. */
export async function complete(
  api: LodgeApi,
  { text, offset }: CompletionHandler.IRequest,
  context: ICompletionContext
): Promise<Reply> {
  const cell = parseCell(text);
  const nothing = { start: offset, end: offset, items: [] };
  if (!cell || offset < cell.body) {
    return nothing;
  }
  const asked = askedAt(text.slice(cell.body, offset));
  if (!asked) {
    return nothing;
  }
  const items =
    asked.kind === 'variable'
      ? await soon(variables(asked.prefix, context.session), [])
      : await names(api, asked, cell.source, text.slice(cell.body));
  const prefix = asked.prefix.toLowerCase();
  const fitting = items.filter(one => one.label.toLowerCase().startsWith(prefix));
  return { start: cell.body + asked.start, end: offset, items: fitting.slice(0, MOST) };
}

/** Ask for what completion in this cell will want, so that the first Tab finds it. */
export async function prefetch(api: LodgeApi, text: string): Promise<void> {
  const cell = parseCell(text);
  if (cell) {
    await schema(api, null, cell.source, text.slice(cell.body));
  }
}

async function names(
  api: LodgeApi,
  asked: Asked,
  named: string | null,
  text: string
): Promise<Item[]> {
  const owner = asked.kind === 'member' ? asked.owner : null;
  const [tables, columns] = await soon(schema(api, owner, named, text), [[], []]);
  if (asked.kind === 'member') {
    return [...columns, ...below(tables, asked.owner)];
  }
  return [
    ...columns,
    ...tables.map(one => ({ label: one.name, insertText: one.sql, type: one.kind })),
    ...(asked.prefix ? keywords(asked.prefix) : [])
  ];
}

/** The tables of the source, and the columns of one of them or of those that the text names. */
async function schema(
  api: LodgeApi,
  owner: string | null,
  named: string | null,
  text: string
): Promise<[SqlTable[], Item[]]> {
  const source = named ?? (await defaultSource(api));
  const tables = source === null ? [] : await listed(api.sqlTables(source));
  const used = tablesIn(text);
  const meant =
    owner !== null
      ? [used.get(owner.toLowerCase()) ?? owner]
      : [...new Set(used.values())].slice(0, MOST_TABLES);
  const columns = await Promise.all(
    meant.map(async one => {
      const table = find(tables, one);
      const found =
        table && source !== null ? await listed(api.sqlColumns(source, table.name)) : [];
      return found.map(({ name, sql, type }) => ({ label: name, insertText: sql, type }));
    })
  );
  return [tables, columns.flat()];
}

async function defaultSource(api: LodgeApi): Promise<string | null> {
  return (await listed(api.sqlSources())).find(one => one.default)?.name ?? null;
}

/** JupyterLab waits a second for all; what comes later is there the next time. */
async function soon<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  return Promise.race([
    asked,
    new Promise<T>(resolve => setTimeout(() => resolve(otherwise), PATIENCE_MS))
  ]);
}

/** What a source tells; nothing when it is dead. */
async function listed<T>(asked: Promise<{ items: T[] }>): Promise<T[]> {
  try {
    return (await asked).items;
  } catch {
    return [];
  }
}

function find(tables: SqlTable[], written: string): SqlTable | undefined {
  const name = written.toLowerCase();
  return tables.find(one => one.sql.toLowerCase() === name || one.name.toLowerCase() === name);
}

/** The tables of a schema, without its name. */
function below(tables: SqlTable[], schema: string): Item[] {
  const start = `${schema.toLowerCase()}.`;
  return tables
    .filter(one => one.name.toLowerCase().startsWith(start))
    .map(one => ({
      label: one.name.slice(start.length),
      insertText: one.sql.slice(one.sql.indexOf('.') + 1),
      type: one.kind
    }));
}

/** SQL's words, in the case that the user writes. */
function keywords(prefix: string): Item[] {
  const small = prefix === prefix.toLowerCase();
  return words.map(word => ({ label: small ? word : word.toUpperCase(), type: 'keyword' }));
}

/** Names of the kernel that hold a value. */
async function variables(
  prefix: string,
  session: Session.ISessionConnection | null | undefined
): Promise<Item[]> {
  const kernel = session?.kernel;
  if (!kernel) {
    return [];
  }
  const { content } = await kernel.requestComplete({ code: prefix, cursor_pos: prefix.length });
  if (content.status !== 'ok') {
    return [];
  }
  const told = content.metadata['_jupyter_types_experimental'];
  const types = new Map(
    (Array.isArray(told) ? (told as { text: string; type: string }[]) : []).map(one => [
      one.text,
      one.type
    ])
  );
  return content.matches
    .filter(name => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
    .filter(name => ['instance', 'statement', '<unknown>', ''].includes(types.get(name) ?? ''))
    .map(name => ({ label: name, type: 'variable' }));
}
