import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi } from '@lodge/kit';
import { FlowDialog } from '@lodge/kit';
import React from 'react';

import { ScheduleFlow } from './flow';

export interface ScheduleDialogOptions {
  /** The notebook; saved already. */
  path: string;
  /** The job to be changed; without it the dialog makes one. */
  job?: Job;
  api: LodgeApi;
  trans: TranslationBundle;
  language: string;
}

/** Ask when to run a notebook; `onDone` gets the job that was made or changed. */
export async function openScheduleDialog(
  { path, job, api, trans, language }: ScheduleDialogOptions,
  onDone: (job: Job) => void
): Promise<void> {
  const dialog = new FlowDialog({
    title: job ? trans.__('Edit schedule') : trans.__('Schedule notebook'),
    name: 'schedule-dialog',
    render: close => (
      <ScheduleFlow
        api={api}
        trans={trans}
        language={language}
        path={path}
        job={job ?? null}
        onDone={done => {
          close();
          onDone(done);
        }}
        close={close}
      />
    )
  });
  await dialog.launch();
}
