/** The text of a `%%sql` cell, as far as an editor has to know it. */

const MAGIC = /^%%sql(?![\w])/;
const SOURCE = /(?:^|\s)--source(?:\s+|=)("[^"]*"|'[^']*'|[^\s"']+)/;
/** First lines are short; one that isn't is no magic's. */
export const LONGEST = 2000;

export interface SqlCell {
  /** What `--source` names; null is the default source. */
  source: string | null;
  /** Where the SQL begins. */
  body: number;
}

/** Whether a first line begins a `%%sql` cell. */
export function isSqlLine(line: string): boolean {
  return MAGIC.test(line);
}

/** What a cell is, or null when it holds no SQL. */
export function parseCell(text: string): SqlCell | null {
  const end = text.indexOf('\n');
  if (!isSqlLine(text) || end < 0) {
    return null;
  }
  const named = SOURCE.exec(text.slice(0, end))?.[1];
  return { source: named?.replace(/^(["'])(.*)\1$/, '$2') ?? null, body: end + 1 };
}
