import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import { refreshIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { sparkIcon } from './icon';
import type { SparkModel } from './model';
import type { Words } from './parts';
import { Sessions } from './sessions';

/** The side bar's panel of Spark sessions; asks the server only while it is visible. */
export class SparkPanel extends ReactWidget {
  constructor(
    private readonly model: SparkModel,
    private readonly words: Words
  ) {
    super();
    const { trans } = words;
    this.id = 'lodge-spark';
    this.addClass('lodge-Spark');
    this.title.icon = sparkIcon;
    this.title.caption = trans.__('Spark');
    this.node.dataset.lodge = 'spark-panel';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Spark'));
  }

  protected render(): React.ReactElement {
    const { model, words } = this;
    return (
      <>
        <div className="lodge-Spark-header">
          <h2>{words.trans.__('Spark')}</h2>
          <button
            type="button"
            className="lodge-IconButton"
            aria-label={words.trans.__('Refresh')}
            title={words.trans.__('Refresh')}
            onClick={() => void model.refresh()}
            data-lodge="spark-refresh"
          >
            <refreshIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
          </button>
        </div>
        <UseSignal signal={model.changed} initialArgs={model.state}>
          {(_, state) => <Sessions state={state ?? model.state} model={model} words={words} />}
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
