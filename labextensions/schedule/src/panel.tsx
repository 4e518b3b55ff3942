import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import { scheduleIcon } from '@lodge/kit';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { JobsList } from './jobsList';
import type { JobsModel } from './model';

/** The side bar's panel of jobs; asks the server only while it is visible. */
export class SchedulesPanel extends PanelWithToolbar {
  constructor(
    private readonly model: JobsModel,
    trans: TranslationBundle,
    language: string
  ) {
    super();
    this.id = 'lodge-schedules';
    this.addClass('lodge-Schedules');
    this.title.icon = scheduleIcon;
    this.title.caption = trans.__('Schedules');
    this.title.label = '';
    this.node.dataset.lodge = 'schedules-panel';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Schedules'));
    this.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Refresh'),
        onClick: () => void model.refresh()
      })
    );
    const list = ReactWidget.create(
      <UseSignal signal={model.changed} initialArgs={model.state}>
        {(_, state) => (
          <JobsList state={state ?? model.state} model={model} trans={trans} language={language} />
        )}
      </UseSignal>
    );
    list.addClass('lodge-Schedules-content');
    this.addWidget(list);
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
