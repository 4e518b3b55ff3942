/** What the text before the cursor asks for, and which tables a query names. */

export interface Asked {
  kind: 'variable' | 'member' | 'word';
  /** What is written so far; `start` is where it begins. */
  prefix: string;
  start: number;
  /** What stands before the dot of a member. */
  owner: string;
}

const NAME = '[\\p{L}_][\\p{L}\\p{N}_$]*';
const BEFORE = new RegExp(`(?:(?<!:):(${NAME})?|((?:${NAME}\\.)+)(${NAME})?|(${NAME}))$`, 'u');
const TABLE = new RegExp(
  `\\b(?:from|join|update|into)\\s+(${NAME}(?:\\.${NAME})?|"[^"]+"|\`[^\`]+\`)` +
    `(?:\\s+(?:as\\s+)?(${NAME}))?`,
  'giu'
);
const LIST = new RegExp(
  `,\\s*(${NAME}(?:\\.${NAME})?|"[^"]+"|\`[^\`]+\`)(?:\\s+(?:as\\s+)?(${NAME}))?`,
  'giu'
);
const AFTER_TABLE = new Set(
  'where on join left right inner full cross natural using group order having limit union set'.split(
    ' '
  )
);

/** What is wanted at the end of a text; null inside a literal or a comment. */
export function askedAt(text: string): Asked | null {
  if (isInside(text)) {
    return null;
  }
  const found = BEFORE.exec(text);
  if (!found) {
    return { kind: 'word', prefix: '', start: text.length, owner: '' };
  }
  if (found[0].startsWith(':')) {
    const prefix = found[1] ?? '';
    return { kind: 'variable', prefix, start: text.length - prefix.length, owner: '' };
  }
  if (found[2]) {
    const prefix = found[3] ?? '';
    const owner = found[2].slice(0, -1);
    return { kind: 'member', prefix, start: text.length - prefix.length, owner };
  }
  const prefix = found[4]!;
  return { kind: 'word', prefix, start: text.length - prefix.length, owner: '' };
}

/** Whether a text ends in a literal or a comment. */
function isInside(text: string): boolean {
  const rest = text.replace(/'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*\n|\/\*[\s\S]*?\*\//g, ' ');
  return /['"`]|--|\/\*/.test(rest);
}

/** The tables that a query names, as written, by their aliases in small letters. */
export function tablesIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const plain = text.replace(/'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
  for (const pattern of [TABLE, LIST]) {
    for (const [, table, alias] of plain.matchAll(pattern)) {
      found.set(table!.toLowerCase(), table!);
      if (alias && !AFTER_TABLE.has(alias.toLowerCase())) {
        found.set(alias.toLowerCase(), table!);
      }
    }
  }
  return found;
}
