import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { Button, Notice, useDelayed } from '@lodge/kit';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { sqlIcon } from './icon';
import type { CatalogModel, CatalogState } from './model';
import { ChosenTable } from './preview';
import { Tree } from './tree';

interface Options {
  trans: TranslationBundle;
  insert: (text: string) => boolean;
}

/** The side bar's browser of SQL sources; asks the server only once it is looked at. */
export class CatalogPanel extends ReactWidget {
  constructor(
    private readonly model: CatalogModel,
    private readonly options: Options
  ) {
    super();
    const { trans } = options;
    this.id = 'lodge-sql';
    this.addClass('lodge-Sql');
    this.title.icon = sqlIcon;
    this.title.caption = trans.__('SQL sources');
    this.node.dataset.lodge = 'sql-panel';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('SQL sources'));
  }

  protected render(): React.ReactElement {
    const { model } = this;
    const { trans } = this.options;
    return (
      <>
        <div className="lodge-Sql-header">
          <h2>{trans.__('SQL sources')}</h2>
          <button
            type="button"
            className="lodge-IconButton"
            aria-label={trans.__('Refresh')}
            title={trans.__('Refresh')}
            onClick={() => void model.refresh()}
            data-lodge="sql-refresh"
          >
            <refreshIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
          </button>
        </div>
        <UseSignal signal={model.changed} initialArgs={model.state}>
          {(_, state) => <Body state={state ?? model.state} model={model} {...this.options} />}
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
}

interface BodyProps extends Options {
  state: CatalogState;
  model: CatalogModel;
}

function Body({ state, model, trans, insert }: BodyProps): React.JSX.Element {
  const late = useDelayed(state.phase === 'loading');
  if (state.phase === 'loading') {
    return (
      <div aria-busy="true" data-lodge="sql-loading">
        {late &&
          [0, 1, 2].map(one => (
            <div key={one} className="lodge-Skeleton" aria-label={trans.__('Loading')} />
          ))}
      </div>
    );
  }
  if (state.phase === 'error') {
    return (
      <div className="lodge-Sql-note">
        <Notice kind="error" name="sql-error">
          {state.message}
        </Notice>
        <Button onClick={() => void model.refresh()} data-lodge="sql-retry">
          {trans.__('Try again')}
        </Button>
      </div>
    );
  }
  if (!state.sources.length) {
    return (
      <div className="lodge-Sql-note" data-lodge="sql-empty">
        <p>{trans.__('There are no SQL sources yet.')}</p>
        <p className="lodge-Field-hint">
          {trans.__('Whoever runs this platform names databases; their tables show up here.')}
        </p>
      </div>
    );
  }
  return (
    <>
      {state.message && (
        <Notice kind="warning" name="sql-stale">
          {state.message}
        </Notice>
      )}
      <input
        type="search"
        className="lodge-Input lodge-Sql-filter"
        placeholder={trans.__('Filter tables and columns')}
        aria-label={trans.__('Filter tables and columns')}
        value={state.filter}
        onChange={event => model.filter(event.target.value)}
        data-lodge="sql-filter"
      />
      <div className="lodge-Sql-body">
        <Tree state={state} model={model} trans={trans} />
      </div>
      {state.chosen && (
        <ChosenTable
          state={state}
          chosen={state.chosen}
          model={model}
          trans={trans}
          insert={insert}
        />
      )}
    </>
  );
}
