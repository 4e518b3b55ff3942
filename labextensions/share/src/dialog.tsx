import { isCodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LodgeApi, Share } from '@lodge/kit';
import { FlowDialog, saved } from '@lodge/kit';
import React from 'react';

import { defaultTitle } from './defaults';
import { ShareFlow } from './flow';
import { readShare, writeShare } from './metadata';

/** Save the notebook, then ask how to share it; resolves when the dialog is closed. */
export async function openShareDialog(
  panel: NotebookPanel,
  api: LodgeApi,
  trans: TranslationBundle,
  language: 'en' | 'zh'
): Promise<void> {
  const { context } = panel;
  const model = panel.content.model;
  if (!model || !(await saved(context))) {
    return;
  }
  const onShared = (share: Share, leftOut: string[]): void => {
    if (panel.isDisposed) {
      return;
    }
    writeShare(model, share, leftOut);
    // Not awaited: a question about a changed file has to wait until this dialog is closed.
    void context.save();
  };
  const onClear = async (cell: number): Promise<void> => {
    const cleared = model.cells.get(cell);
    if (isCodeCellModel(cleared)) {
      cleared.clearExecution();
      await context.save();
    }
  };
  const dialog = new FlowDialog({
    title: trans.__('Share notebook'),
    name: 'share-dialog',
    render: close => (
      <ShareFlow
        api={api}
        trans={trans}
        path={context.path}
        title={defaultTitle(
          Array.from(model.cells, cell => ({
            cell_type: cell.type,
            source: cell.sharedModel.getSource()
          })),
          context.path
        )}
        shared={readShare(model)}
        language={language}
        onShared={onShared}
        onClear={onClear}
        close={close}
      />
    )
  });
  await dialog.launch();
}
