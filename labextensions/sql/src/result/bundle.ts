/** What a display of `%%sql` holds beside its static table, and what can be done with it alone. */

export const MIME = 'application/vnd.lodge.result+json';

export interface ResultColumn {
  name: string;
  type: string;
  /** Whether its values are numbers, which stand at the right. */
  number: boolean;
}

export type ResultRow = (string | null)[];

export interface ResultBundle {
  /** The result in the kernel; null when the kernel does not hold it. */
  id: string | null;
  variable: string | null;
  columns: ResultColumn[];
  hiddenColumns: number;
  /** The first rows, all of a small result. */
  rows: ResultRow[];
  /** How many rows there are; null when nobody knows. */
  total: number | null;
  notes: string[];
}

export interface Order {
  /** The place of the column; null is the result's own order. */
  sort: number | null;
  descending: boolean;
  search: string;
}

export interface Wanted extends Order {
  offset: number;
  limit: number;
}

export interface Page {
  rows: ResultRow[];
  /** How many rows hold the text that is searched for. */
  found: number;
}

/** What the JSON of a display says, or null for one that is not ours or of a later version. */
export function parseBundle(json: unknown): ResultBundle | null {
  if (!isRecord(json) || json.version !== 1) {
    return null;
  }
  const { columns, rows, total, id, variable, notes } = json;
  if (!Array.isArray(columns) || !Array.isArray(rows)) {
    return null;
  }
  return {
    id: typeof id === 'string' ? id : null,
    variable: typeof variable === 'string' ? variable : null,
    columns: columns.filter(isRecord).map(one => ({
      name: String(one.name ?? ''),
      type: String(one.type ?? ''),
      number: one.number === true
    })),
    hiddenColumns: typeof json.hidden_columns === 'number' ? json.hidden_columns : 0,
    rows: rows.filter(Array.isArray).map(row => row.map(textOrNull)),
    total: typeof total === 'number' ? total : null,
    notes: Array.isArray(notes) ? notes.map(String) : []
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** Whether all rows are in the notebook, so that no kernel need be asked. */
export function isWhole(bundle: ResultBundle): boolean {
  return bundle.total === null || bundle.rows.length >= bundle.total;
}

/** A page of the rows that are in the notebook; NULLs come last in either direction. */
export function pageOf(bundle: ResultBundle, wanted: Wanted): Page {
  const search = wanted.search.toLowerCase();
  const rows = bundle.rows.filter(
    row => !search || row.some(value => value?.toLowerCase().includes(search))
  );
  const { sort, descending } = wanted;
  if (sort !== null) {
    const compare = bundle.columns[sort]?.number ? byNumber : byText;
    const sign = descending ? -1 : 1;
    rows.sort((left, right) => {
      const [a, b] = [left[sort] ?? null, right[sort] ?? null];
      if (a === null || b === null) {
        return Number(a === null) - Number(b === null);
      }
      return sign * compare(a, b);
    });
  }
  return { rows: rows.slice(wanted.offset, wanted.offset + wanted.limit), found: rows.length };
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function byNumber(left: string, right: string): number {
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || byText(left, right);
  }
  if (a === b && Number.isInteger(a) && !Number.isSafeInteger(a) && wholes(left, right)) {
    return Number(BigInt(left) - BigInt(right));
  }
  return a - b;
}

function wholes(...texts: string[]): boolean {
  return texts.every(text => /^-?\d+$/.test(text));
}

/** The order after a click on a column's head: up, down, as it was. */
export function clicked(order: Order, column: number): Order {
  if (order.sort !== column) {
    return { ...order, sort: column, descending: false };
  }
  return order.descending
    ? { ...order, sort: null, descending: false }
    : { ...order, descending: true };
}
