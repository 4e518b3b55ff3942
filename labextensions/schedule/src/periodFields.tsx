import type { TranslationBundle } from '@jupyterlab/translation';
import { Field } from '@lodge/kit';
import React from 'react';

import type { PeriodState } from './period';

interface PeriodFieldsProps {
  state: PeriodState;
  trans: TranslationBundle;
}

/** The first day and the last one of a job. */
export function PeriodFields({ state, trans }: PeriodFieldsProps): React.JSX.Element {
  const { period, invalid, change } = state;
  return (
    <div className="lodge-When">
      <Field label={trans.__('First day')} hint={trans.__('Empty: from now on')}>
        {ids => (
          <input
            {...ids}
            type="date"
            max="9900-12-30"
            className="lodge-Input"
            data-lodge="schedule-first-day"
            value={period.first}
            onChange={event => change({ first: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={trans.__('Last day')}
        hint={trans.__('Empty: without end')}
        error={invalid ? trans.__('It ends before it begins.') : null}
      >
        {ids => (
          <input
            {...ids}
            type="date"
            max="9900-12-30"
            className="lodge-Input"
            data-lodge="schedule-last-day"
            value={period.last}
            onChange={event => change({ last: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
