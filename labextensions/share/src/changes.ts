import type { TranslationBundle } from '@jupyterlab/translation';
import type { NotebookChanges } from '@lodge/kit/src/types';

/** What a notebook has changed since it was shared, in a sentence. */
export function sinceThen(changes: NotebookChanges, trans: TranslationBundle): string {
  const { cells, added, removed } = changes;
  if (cells === 0) {
    return trans.__('Nothing has changed since.');
  }
  return trans._n(
    'Since then %1 cell differs: %2 lines of source are new, %3 gone.',
    'Since then %1 cells differ: %2 lines of source are new, %3 gone.',
    cells,
    added,
    removed
  );
}
