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

/** The options of `%%sql` that take a value, so that no value is taken for the variable. */
const WITH_VALUE = new Set(['--source', '--param', '--as']);
/** Those whose value may be left out; what follows is the value if it can be. */
const MAY_HAVE_VALUE: Record<string, RegExp> = { '--preview': /^\d+$/, '--cache': /^[A-Z_0-9]+$/ };

/** The cell with its result in a variable, unless it is in one already. */
export function nameResult(text: string, variable: string): string {
  const end = text.indexOf('\n');
  if (!isSqlLine(text) || end < 0) {
    return text;
  }
  const words = text.slice(0, end).match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  for (let place = 1; place < words.length; place += 1) {
    const word = words[place];
    const following = words[place + 1];
    if (!word.startsWith('--')) {
      return text;
    }
    if (WITH_VALUE.has(word) || (following && MAY_HAVE_VALUE[word]?.test(following))) {
      place += 1;
    }
  }
  return `%%sql ${variable}${text.slice('%%sql'.length)}`;
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
