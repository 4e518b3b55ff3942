import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job } from '@lodge/kit';
import { Button, Notice, useDelayed } from '@lodge/kit';
import React from 'react';

import { JobItem } from './jobItem';
import type { JobsModel, JobsState } from './model';

export interface JobsListProps {
  state: JobsState;
  model: JobsModel;
  trans: TranslationBundle;
  language: string;
  onEdit: (job: Job) => void;
}

/** The jobs, or why there are none. */
export function JobsList(props: JobsListProps): React.JSX.Element {
  const { state, model, trans, language, onEdit } = props;
  const late = useDelayed(state.phase === 'loading');
  if (state.phase === 'loading') {
    return (
      <div aria-busy="true" data-lodge="schedules-loading">
        {late &&
          [0, 1, 2].map(one => (
            <div key={one} className="lodge-Skeleton" aria-label={trans.__('Loading')} />
          ))}
      </div>
    );
  }
  if (state.phase === 'error') {
    return (
      <div className="lodge-Schedules-note">
        <Notice kind="error" name="schedules-error">
          {state.message}
        </Notice>
        <Button onClick={() => void model.refresh()} data-lodge="schedules-retry">
          {trans.__('Try again')}
        </Button>
      </div>
    );
  }
  if (!state.rows.length) {
    return (
      <div className="lodge-Schedules-note" data-lodge="schedules-empty">
        <p>{trans.__('Notebooks that run on a schedule show up here, with how each run went.')}</p>
        <p className="lodge-Field-hint">
          {trans.__('Open a notebook and press “Schedule” in its toolbar to add the first one.')}
        </p>
      </div>
    );
  }
  return (
    <>
      {state.message && (
        <Notice kind="warning" name="schedules-stale">
          {state.message}
        </Notice>
      )}
      <div className="lodge-Schedules-scroll">
        <ul className="lodge-Jobs" data-lodge="schedules-list">
          {state.rows.map(row => (
            <JobItem
              key={row.job.id}
              row={row}
              shown={row.job.id === state.shown}
              model={model}
              trans={trans}
              language={language}
              onEdit={onEdit}
            />
          ))}
        </ul>
        {state.more && (
          <div className="lodge-Schedules-note">
            <Button
              busy={state.loadingMore}
              onClick={() => void model.loadMore()}
              data-lodge="schedules-more"
            >
              {trans.__('Show more')}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}
