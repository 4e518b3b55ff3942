import type { TranslationBundle } from '@jupyterlab/translation';
import type { NotebookCheck } from '@lodge/kit';
import { Notice } from '@lodge/kit';
import React from 'react';

import { numbers } from './defaults';

interface CellsNoticeProps {
  check: NotebookCheck;
  trans: TranslationBundle;
}

/** Says which cells readers will see failed or empty; nothing when all ran well. */
export function CellsNotice({ check, trans }: CellsNoticeProps): React.JSX.Element | null {
  const {
    cells_with_errors: failed,
    cells_never_run: unrun,
    cells_out_of_order: early,
    large_outputs: large
  } = check;
  if (!failed.length && !unrun.length && !early.length && !large.length) {
    return null;
  }
  return (
    <Notice kind="warning" name="share-warning">
      {failed.length > 0 && (
        <div data-lodge="share-cells-failed">
          {trans._n(
            'Cell %2 ends in an error; readers will see it.',
            '%1 cells end in an error (%2); readers will see it.',
            failed.length,
            numbers(failed)
          )}
        </div>
      )}
      {unrun.length > 0 && (
        <div data-lodge="share-cells-unrun">
          {trans._n(
            'Cell %2 was never run; readers will see no result there.',
            '%1 cells were never run (%2); readers will see no result there.',
            unrun.length,
            numbers(unrun)
          )}
        </div>
      )}
      {early.length > 0 && (
        <div data-lodge="share-cells-early">
          {trans._n(
            'Cell %2 ran before one above it; run from top to bottom it may give another result.',
            '%1 cells (%2) ran before ones above them; run from top to bottom they may give others.',
            early.length,
            numbers(early)
          )}
        </div>
      )}
      {large.length > 0 && (
        <div data-lodge="share-outputs-large">
          {trans._n(
            'The outputs of cell %2 are very large; readers wait for them.',
            'The outputs of %1 cells (%2) are very large; readers wait for them.',
            large.length,
            numbers(large)
          )}
        </div>
      )}
    </Notice>
  );
}
