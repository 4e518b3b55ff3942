import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi } from '@lodge/kit';
import { FlowDialog } from '@lodge/kit';
import React from 'react';

import { ScheduleForm } from './form';

export interface ScheduleDialogOptions {
  notebook: NotebookPanel;
  api: LodgeApi;
  trans: TranslationBundle;
  language: string;
}

/** Save the notebook, then ask when to run it; `onCreated` gets the job. */
export async function openScheduleDialog(
  { notebook, api, trans, language }: ScheduleDialogOptions,
  onCreated: (job: Job) => void
): Promise<void> {
  const { context } = notebook;
  if (context.model.dirty) {
    await context.save();
    if (context.model.dirty) {
      // JupyterLab has told the user why it couldn't, or was told not to overwrite.
      return;
    }
  }
  const dialog = new FlowDialog({
    title: trans.__('Schedule notebook'),
    name: 'schedule-dialog',
    render: close => (
      <ScheduleForm
        api={api}
        trans={trans}
        language={language}
        path={context.path}
        onCreated={job => {
          close();
          onCreated(job);
        }}
        close={close}
      />
    )
  });
  await dialog.launch();
}
