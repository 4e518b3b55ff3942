import type { TranslationBundle } from '@jupyterlab/translation';
import { Field } from '@lodge/kit';
import React from 'react';

import type { PeriodState } from './period';
import { PeriodFields } from './periodFields';
import type { Policy, PolicyState } from './policy';
import { isUnusual } from './policy';

interface PolicyFieldsProps {
  state: PolicyState;
  period: PeriodState;
  /** Whether the job has times. */
  scheduled: boolean;
  trans: TranslationBundle;
}

/** What runs stand for, missed times, failures and time-out: folded, for most jobs need none. */
export function PolicyFields(props: PolicyFieldsProps): React.JSX.Element {
  const { state, period, scheduled, trans } = props;
  const { policy, texts, invalid, change, type } = state;
  const [open] = React.useState(
    () => isUnusual(policy) || !!period.period.first || !!period.period.last
  );
  return (
    <details className="lodge-More" open={open} data-lodge="schedule-more">
      <summary>{trans.__('More: what runs stand for, missed times, failures')}</summary>
      {scheduled && (
        <>
          <Choice<Policy['interval']>
            label={trans.__('A run stands for')}
            hint={trans.__('Parameters can name it: {{ ds }} is its first day.')}
            name="schedule-interval"
            value={policy.interval}
            options={[
              ['times', trans.__('the time since the last one')],
              ['hour', trans.__('the whole hours since the last one')],
              ['day', trans.__('the whole days since the last one')],
              ['week', trans.__('the whole weeks since the last one')],
              ['month', trans.__('the whole months since the last one')]
            ]}
            onChange={interval => change({ interval })}
          />
          <Choice<Policy['catch_up']>
            label={trans.__('Times that were missed')}
            name="schedule-catch-up"
            value={policy.catch_up}
            options={[
              ['latest', trans.__('one run, for the latest')],
              ['one', trans.__('one run, for all of them')],
              ['all', trans.__('a run for each')],
              ['none', trans.__('none')]
            ]}
            onChange={catch_up => change({ catch_up })}
          />
          <PeriodFields state={period} trans={trans} />
        </>
      )}
      <Choice<string>
        label={trans.__('If it fails')}
        name="schedule-retries"
        value={String(policy.retries)}
        options={Array.from({ length: 11 }, (_, count) => [
          String(count),
          count
            ? trans._n('try again %1 time', 'try again up to %1 times', count, count)
            : trans.__('leave it at that')
        ])}
        onChange={count => change({ retries: Number(count) })}
      />
      {policy.retries > 0 && (
        <Field
          label={trans.__('Minutes until it is tried again')}
          hint={trans.__('Twice as many each time, up to an hour')}
          error={invalid.retry ? trans.__('Write a number of minutes, up to 1,440.') : null}
        >
          {ids => (
            <input
              {...ids}
              className="lodge-Input"
              inputMode="decimal"
              data-lodge="schedule-retry-after"
              value={texts.retry}
              onChange={event => type('retry', event.target.value)}
            />
          )}
        </Field>
      )}
      <Field
        label={trans.__('Minutes after which a run is ended')}
        hint={trans.__('Empty: never')}
        error={invalid.timeout ? trans.__('Write a number of minutes, up to 43,200.') : null}
      >
        {ids => (
          <input
            {...ids}
            className="lodge-Input"
            inputMode="decimal"
            data-lodge="schedule-timeout"
            value={texts.timeout}
            onChange={event => type('timeout', event.target.value)}
          />
        )}
      </Field>
    </details>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  hint?: string;
  name: string;
  value: T;
  options: [T, string][];
  onChange: (value: T) => void;
}

function Choice<T extends string>(props: ChoiceProps<T>): React.JSX.Element {
  const { label, hint, name, value, options, onChange } = props;
  return (
    <Field label={label} hint={hint}>
      {ids => (
        <select
          {...ids}
          className="lodge-Input"
          data-lodge={name}
          value={value}
          onChange={event => onChange(event.target.value as T)}
        >
          {options.map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
