import type { TranslationBundle } from '@jupyterlab/translation';
import type { NotebookChanges } from '@lodge/kit/src/types';

/** What a notebook and its files have changed since they were shared, in a sentence or two. */
export function sinceThen(
  changes: NotebookChanges,
  files: readonly string[],
  trans: TranslationBundle
): string {
  const { cells, added, removed } = changes;
  const differing = files.length ? trans.__('Files that differ: %1.', files.join(', ')) : '';
  if (cells === 0) {
    return differing || trans.__('Nothing has changed since.');
  }
  const told = trans._n(
    'Since then %1 cell differs: %2 lines of source are new, %3 gone.',
    'Since then %1 cells differ: %2 lines of source are new, %3 gone.',
    cells,
    added,
    removed
  );
  return differing ? `${told} ${differing}` : told;
}
