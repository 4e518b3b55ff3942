import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import type { Job } from '@lodge/kit';
import { scheduleIcon } from '@lodge/kit';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { JobsList } from './jobsList';
import type { JobsModel } from './model';

/** The side bar's panel of jobs; asks the server only while it is visible. */
export class SchedulesPanel extends ReactWidget {
  constructor(
    private readonly model: JobsModel,
    private readonly trans: TranslationBundle,
    private readonly language: string,
    private readonly onEdit: (job: Job) => void
  ) {
    super();
    this.id = 'lodge-schedules';
    this.addClass('lodge-Schedules');
    this.title.icon = scheduleIcon;
    this.title.caption = trans.__('Schedules');
    this.node.dataset.lodge = 'schedules-panel';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Schedules'));
  }

  protected render(): React.ReactElement {
    const { model, trans, language, onEdit } = this;
    return (
      <>
        <div className="lodge-Schedules-header">
          <h2>{trans.__('Schedules')}</h2>
          <button
            type="button"
            className="lodge-IconButton"
            aria-label={trans.__('Refresh')}
            title={trans.__('Refresh')}
            onClick={() => void model.refresh()}
            data-lodge="schedules-refresh"
          >
            <refreshIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
          </button>
        </div>
        <UseSignal signal={model.changed} initialArgs={model.state}>
          {(_, state) => (
            <JobsList
              state={state ?? model.state}
              model={model}
              trans={trans}
              language={language}
              onEdit={onEdit}
            />
          )}
        </UseSignal>
      </>
    );
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.model.wake();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this.model.wake();
    }
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.model.sleep();
  }
}
