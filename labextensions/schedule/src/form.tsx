import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi, Parameter } from '@lodge/kit';
import { ApiError, Button, Field, Notice, sentence } from '@lodge/kit';
import React from 'react';

import { ParameterFields } from './parameterFields';
import { changedValues, toText } from './values';
import type { When } from './when';
import { EVERY_MORNING, toCron } from './when';
import { TimezoneField, browserTimezone } from './timezone';
import { useExplanation } from './useExplanation';
import { Explanation, WhenFields } from './whenFields';

interface ScheduleFormProps {
  api: LodgeApi;
  trans: TranslationBundle;
  language: string;
  path: string;
  onCreated: (job: Job) => void;
  close: () => void;
}

type Action = 'schedule' | 'run';

/** Name, time, zone and parameters of a new job; runs it at once or puts it on the schedule. */
export function ScheduleForm(props: ScheduleFormProps): React.JSX.Element {
  const { api, trans, language, path, onCreated, close } = props;
  const [name, setName] = React.useState(() => fileName(path));
  const [when, setWhen] = React.useState<When>(EVERY_MORNING);
  const [timezone, setTimezone] = React.useState(browserTimezone);
  const [parameters, setParameters] = React.useState<Parameter[] | null>(null);
  const [parametersError, setParametersError] = React.useState<string | null>(null);
  const [texts, setTexts] = React.useState<Record<string, string>>({});
  const [busy, setBusy] = React.useState<Action | null>(null);
  const [error, setError] = React.useState<ApiError | Error | null>(null);

  const cron = toCron(when);
  const explanation = useExplanation(api, cron, timezone, language);
  const { values, problems } = changedValues(parameters ?? [], texts);

  React.useEffect(() => {
    let closed = false;
    api.parameters(path).then(
      found => {
        if (!closed) {
          setParameters(found);
          setTexts(Object.fromEntries(found.map(one => [one.name, toText(one)])));
        }
      },
      (problem: unknown) => !closed && setParametersError(sentence(problem))
    );
    return () => {
      closed = true;
    };
  }, [api, path]);

  const incomplete = !name.trim() || Object.keys(problems).length > 0;
  const unscheduled = incomplete || !cron || explanation.state === 'error';

  const submit = async (action: Action): Promise<void> => {
    if (busy || (action === 'run' ? incomplete : unscheduled)) {
      return;
    }
    setBusy(action);
    setError(null);
    try {
      const job = await api.createJob({
        path,
        name: name.trim(),
        cron: action === 'schedule' ? cron : null,
        timezone,
        parameters: values,
        enabled: true
      });
      if (action === 'run') {
        job.last_run = await api.runNow(job.id);
      }
      onCreated(job);
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
      setBusy(null);
    }
  };

  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        void submit('schedule');
      }}
      data-lodge="schedule-form"
      aria-busy={busy !== null}
    >
      <Field label={trans.__('Name')} error={name.trim() ? null : trans.__('Give it a name.')}>
        {ids => (
          <input
            {...ids}
            className="lodge-Input"
            data-lodge="schedule-name"
            value={name}
            maxLength={200}
            onChange={event => setName(event.target.value)}
          />
        )}
      </Field>
      <WhenFields when={when} onChange={setWhen} trans={trans} language={language} />
      <TimezoneField timezone={timezone} onChange={setTimezone} trans={trans} />
      <Explanation explanation={explanation} trans={trans} language={language} />
      {parametersError ? (
        <Notice kind="warning" name="schedule-parameters-error">
          {parametersError}
        </Notice>
      ) : (
        <ParameterFields
          parameters={parameters}
          texts={texts}
          problems={problems}
          onChange={(parameter, text) => setTexts({ ...texts, [parameter]: text })}
          trans={trans}
        />
      )}
      {error && (
        <Notice kind="error" name="schedule-error">
          {error instanceof ApiError && error.status === 0
            ? error.message
            : trans.__('The notebook was not scheduled: %1', error.message)}
        </Notice>
      )}
      <div className="lodge-Form-buttons">
        <Button
          onClick={() => void submit('run')}
          busy={busy === 'run'}
          disabled={incomplete || busy !== null}
          data-lodge="schedule-run-now"
          title={trans.__('Runs it once, now, with these parameters')}
        >
          {trans.__('Run now')}
        </Button>
        <span className="lodge-mod-start" />
        <Button onClick={close} data-lodge="schedule-cancel">
          {trans.__('Cancel')}
        </Button>
        <Button
          type="submit"
          kind="accept"
          busy={busy === 'schedule'}
          disabled={unscheduled || busy !== null}
          data-lodge="schedule-submit"
        >
          {trans.__('Schedule')}
        </Button>
      </div>
    </form>
  );
}

function fileName(path: string): string {
  return (path.split('/').pop() ?? path).replace(/\.ipynb$/i, '');
}
