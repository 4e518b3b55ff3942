import type { TranslationBundle } from '@jupyterlab/translation';
import type { Job, LodgeApi } from '@lodge/kit';
import { Button, Notice } from '@lodge/kit';
import React from 'react';

import { ScheduleForm } from './form';

interface ScheduleFlowProps {
  api: LodgeApi;
  trans: TranslationBundle;
  language: string;
  path: string;
  job: Job | null;
  onDone: (job: Job) => void;
  close: () => void;
}

/** The form of a new job, or of one that is there; a new one says what the notebook has already. */
export function ScheduleFlow(props: ScheduleFlowProps): React.JSX.Element {
  const { job: given, ...form } = props;
  const { api, trans, path } = form;
  const [job, setJob] = React.useState(given);
  const [existing, setExisting] = React.useState<Job | null>(null);

  React.useEffect(() => {
    let closed = false;
    if (!given) {
      api.jobs({ limit: 100 }).then(
        page => {
          const same = page.items.find(one => one.notebook_path === path && one.cron);
          if (!closed && same) {
            setExisting(same);
          }
        },
        () => undefined // Only a hint is missed.
      );
    }
    return () => {
      closed = true;
    };
  }, [api, given, path]);

  return (
    <>
      {existing && !job && (
        <div className="lodge-Existing">
          <Notice kind="info" name="schedule-existing">
            {trans.__('This notebook is on a schedule already, as “%1”.', existing.name)}
          </Notice>
          <Button onClick={() => setJob(existing)} data-lodge="schedule-edit-existing">
            {trans.__('Edit that one')}
          </Button>
        </div>
      )}
      <ScheduleForm key={job?.id ?? ''} {...form} job={job} fresh={given === null} />
    </>
  );
}
