import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi } from '@lodge/kit';
import { ApiError, Button, Field, Notice } from '@lodge/kit';
import React from 'react';

import { PageFields } from './pageFields';
import { ParameterFields } from './parameterFields';
import { usePeriod } from './period';
import { usePolicy } from './policy';
import { PolicyFields } from './policyFields';
import { nameOfAsked, ownJobs } from './sameJob';
import { TimezoneField, browserTimezone } from './timezone';
import { useExplanation } from './useExplanation';
import { useParameters } from './useParameters';
import { useSharePage } from './useSharePage';
import type { When } from './when';
import { EVERY_MORNING, fromCron, toCron } from './when';
import { Explanation, WhenFields } from './whenFields';

interface ScheduleFormProps {
  api: LodgeApi;
  trans: TranslationBundle;
  language: string;
  path: string;
  /** The job to be changed; null for a new one. */
  job: Job | null;
  /** Whether the user comes from the notebook, and means it as it is now. */
  fresh: boolean;
  onDone: (job: Job) => void;
  close: () => void;
}

type Action = 'schedule' | 'run' | 'save';

/** Name, time, zone and parameters of a job; puts it on the schedule, or runs it at once. */
export function ScheduleForm(props: ScheduleFormProps): React.JSX.Element {
  const { api, trans, language, path, job, onDone, close } = props;
  const [name, setName] = React.useState(job?.name ?? fileName(path));
  const [when, setWhen] = React.useState<When>(job ? fromCron(job.cron) : EVERY_MORNING);
  const [timezone, setTimezone] = React.useState(job?.timezone ?? browserTimezone);
  const [fresh, setFresh] = React.useState(props.fresh);
  const [busy, setBusy] = React.useState<Action | null>(null);
  const [error, setError] = React.useState<Error | null>(null);

  const cron = toCron(when);
  const explanation = useExplanation(api, cron ?? '', timezone, language);
  const parameters = useParameters(api, path, job);
  const page = useSharePage(api, path, job);
  const more = usePolicy(job);
  const period = usePeriod(job, timezone);

  const unclear = more.invalid.retry || more.invalid.timeout || period.invalid;
  const incomplete = !name.trim() || parameters.invalid || unclear;
  const unscheduled = incomplete || (cron !== null && (!cron || explanation.state === 'error'));

  const ask = async (action: Action): Promise<Job> => {
    const target = page.on ? page.shareId : null;
    const publish = target !== null && page.publish;
    const shown = { share_id: target, publish, ...more.policy, ...period.moments };
    const common = { name: name.trim(), timezone, parameters: parameters.values, ...shown };
    if (job) {
      // Without the notebook nothing is known about its parameters: they stay as they are.
      const known = parameters.problem ? { name: common.name, timezone, ...shown } : common;
      return api.changeJob(job.id, { ...known, cron, ...(fresh ? { path } : {}) });
    }
    const jobs = await ownJobs(api, path);
    const asked = action === 'run' ? null : cron;
    const wanted = asked === null ? nameOfAsked(common.name, jobs, trans) : common.name;
    // A job that only waits to be asked is the same job: it takes the notebook as it is now.
    const same = jobs.find(one => one.cron === null && one.name === wanted);
    const made = same
      ? await api.changeJob(same.id, { ...common, name: wanted, path, cron: asked })
      : await api.createJob({ ...common, name: wanted, path, cron: asked, enabled: true });
    return action === 'run' ? { ...made, last_run: await api.runNow(made.id) } : made;
  };

  const submit = async (action: Action): Promise<void> => {
    if (busy || (action === 'run' ? incomplete : unscheduled)) {
      return;
    }
    setBusy(action);
    setError(null);
    try {
      onDone(await ask(action));
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
      setBusy(null);
    }
  };

  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        void submit(job ? 'save' : 'schedule');
      }}
      data-lodge="schedule-form"
      data-job-id={job?.id}
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
      {cron !== null && (
        <>
          <TimezoneField timezone={timezone} onChange={setTimezone} trans={trans} />
          <Explanation explanation={explanation} trans={trans} language={language} />
        </>
      )}
      {job && (
        <label className="lodge-Check">
          <input
            type="checkbox"
            checked={fresh}
            data-lodge="schedule-fresh"
            onChange={event => setFresh(event.target.checked)}
          />
          <span>
            {trans.__('From now on run %1 as it is now', path)}
            <span className="lodge-Field-hint">
              {trans.__('Otherwise it goes on as it was when it was scheduled.')}
            </span>
          </span>
        </label>
      )}
      {parameters.problem ? (
        <Notice kind="warning" name="schedule-parameters-error">
          {parameters.problem}
        </Notice>
      ) : (
        <ParameterFields
          parameters={parameters.found}
          texts={parameters.texts}
          problems={parameters.problems}
          onChange={parameters.change}
          trans={trans}
        />
      )}
      <PageFields state={page} trans={trans} />
      <PolicyFields state={more} period={period} scheduled={cron !== null} trans={trans} />
      {error && (
        <Notice kind="error" name="schedule-error">
          {error instanceof ApiError && error.status === 0
            ? error.message
            : job
              ? trans.__('The schedule was not changed: %1', error.message)
              : trans.__('The notebook was not scheduled: %1', error.message)}
        </Notice>
      )}
      <div className="lodge-Form-buttons">
        {!job && (
          <Button
            onClick={() => void submit('run')}
            busy={busy === 'run'}
            disabled={incomplete || busy !== null}
            data-lodge="schedule-run-now"
            title={trans.__('Runs it once, now, with these parameters')}
          >
            {trans.__('Run now')}
          </Button>
        )}
        <span className="lodge-mod-start" />
        <Button onClick={close} data-lodge="schedule-cancel">
          {trans.__('Cancel')}
        </Button>
        <Button
          type="submit"
          kind="accept"
          busy={busy === 'schedule' || busy === 'save'}
          disabled={unscheduled || busy !== null}
          data-lodge="schedule-submit"
        >
          {job || cron === null ? trans.__('Save') : trans.__('Schedule')}
        </Button>
      </div>
    </form>
  );
}

function fileName(path: string): string {
  return (path.split('/').pop() ?? path).replace(/\.ipynb$/i, '');
}
