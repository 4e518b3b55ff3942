/** What the form is filled with, and what becomes of what was typed. */

interface CellLike {
  cell_type: string;
  source: string | string[];
}

/** The first heading of the notebook's texts, or else the file's name without its ending. */
export function defaultTitle(cells: Iterable<CellLike>, path: string): string {
  for (const cell of cells) {
    if (cell.cell_type !== 'markdown') {
      continue;
    }
    const source = Array.isArray(cell.source) ? cell.source.join('') : cell.source;
    const heading = firstHeading(source);
    if (heading) {
      return heading;
    }
  }
  const name = path.split('/').pop() ?? path;
  return name.replace(/\.ipynb$/i, '');
}

function firstHeading(source: string): string {
  let fenced = false;
  for (const line of source.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) {
      fenced = !fenced;
    }
    const match = fenced ? null : /^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$/.exec(line);
    if (match) {
      return plain(match[1]);
    }
  }
  return '';
}

/** A heading without its markup: links keep their words. */
function plain(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]+/g, '')
    .trim();
}

/** The tags in a text with commas: trimmed, each once, in the order of their first mention. */
export function parseTags(text: string): string[] {
  const tags = text
    .split(/[,，、\n]/)
    .map(tag => tag.trim().replace(/^#/, ''))
    .filter(tag => tag.length > 0);
  return [...new Set(tags)];
}

/** The names in a text with commas: trimmed, each once. */
export function parseNames(text: string): string[] {
  const names = text.split(/[,，、;；\n]/).map(name => name.trim());
  return [...new Set(names.filter(name => name.length > 0))];
}

/** Cells as people count them, from one: "3, 5 and 9" needs the words, so this gives the numbers. */
export function numbers(cells: readonly number[], most = 8): string {
  const shown = cells.slice(0, most).map(cell => String(cell + 1));
  return shown.join(', ') + (cells.length > most ? ', …' : '');
}
