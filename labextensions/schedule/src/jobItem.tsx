import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  LabIcon,
  deleteIcon,
  editIcon,
  pauseIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import type { Job } from '@lodge/kit';
import { absoluteTime, hubUrl, relativeTime } from '@lodge/kit';
import React from 'react';

import type { JobRow, JobsModel } from './model';
import { RunProgress } from './runProgress';
import { RunStrip } from './runStrip';
import { isActive } from './runs';

interface JobItemProps {
  row: JobRow;
  shown: boolean;
  model: JobsModel;
  trans: TranslationBundle;
  language: string;
  onEdit: (job: Job) => void;
}

/** One job: what and when, its last runs, and what can be done with it. */
export function JobItem(props: JobItemProps): React.JSX.Element {
  const { row, shown, model, trans, language, onEdit } = props;
  const { job, runs, words, busy, problem } = row;
  const last = runs.at(-1) ?? null;
  const active = last && isActive(last) ? last : null;
  const item = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (shown) {
      item.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [shown]);

  return (
    <li
      ref={item}
      className={`lodge-Job${shown ? ' lodge-mod-shown' : ''}`}
      data-lodge="schedules-job"
      data-job-id={job.id}
      data-job-name={job.name}
      data-enabled={job.enabled}
      data-run-state={last?.state ?? 'none'}
    >
      <div className="lodge-Job-head">
        <div className="lodge-Job-name" title={job.notebook_path} data-lodge="schedules-job-name">
          {job.name}
        </div>
        <div className="lodge-Job-actions">
          {active ? (
            <Action
              icon={stopIcon}
              label={trans.__('Cancel the run of “%1”', job.name)}
              name="schedules-cancel-run"
              disabled={busy !== null}
              onClick={() => void model.cancel(job.id, active)}
            />
          ) : (
            <Action
              icon={runIcon}
              label={trans.__('Run “%1” now', job.name)}
              name="schedules-run-now"
              disabled={busy !== null}
              onClick={() => void model.runNow(job.id)}
            />
          )}
          {job.cron && (
            <Action
              icon={job.enabled ? pauseIcon : resumeIcon}
              label={
                job.enabled ? trans.__('Pause “%1”', job.name) : trans.__('Resume “%1”', job.name)
              }
              name={job.enabled ? 'schedules-pause' : 'schedules-resume'}
              disabled={busy !== null}
              onClick={() => void model.toggle(job.id, !job.enabled)}
            />
          )}
          <Action
            icon={editIcon}
            label={trans.__('Edit “%1”', job.name)}
            name="schedules-edit"
            disabled={busy !== null}
            onClick={() => onEdit(job)}
          />
          <Action
            icon={deleteIcon}
            label={trans.__('Delete “%1”', job.name)}
            name="schedules-delete"
            disabled={busy !== null}
            onClick={() => void confirmDelete(row, model, trans)}
          />
        </div>
      </div>
      <div className="lodge-Job-path" data-lodge="schedules-job-path">
        {job.notebook_path}
      </div>
      <div className="lodge-Job-when" data-lodge="schedules-job-words">
        {job.cron ? (
          <span title={`${job.cron} (${job.timezone})`}>{words ?? job.cron}</span>
        ) : (
          trans.__('Runs when asked')
        )}
        {job.cron && !job.enabled && (
          <span data-lodge="schedules-job-paused">{` · ${trans.__('paused')}`}</span>
        )}
        {job.enabled && job.next_run_at && (
          <>
            {' · '}
            <time
              dateTime={job.next_run_at}
              title={absoluteTime(job.next_run_at, language, job.timezone)}
              data-lodge="schedules-job-next"
            >
              {trans.__('next %1', relativeTime(job.next_run_at, language))}
            </time>
          </>
        )}
      </div>
      <RunStrip runs={runs} trans={trans} language={language} />
      {last && <RunProgress run={last} trans={trans} language={language} />}
      {last?.state === 'failed' && last.error && (
        <a
          className="lodge-Job-error"
          href={hubUrl(last.url)}
          target="_blank"
          rel="noopener noreferrer"
          data-lodge="schedules-run-error"
        >
          {last.error.cell !== null && (
            <span className="lodge-Job-cell">{trans.__('Cell %1', last.error.cell + 1)}</span>
          )}
          {last.error.cell_source && <code>{firstLines(last.error.cell_source)}</code>}
          <span>
            {last.error.ename ? `${last.error.ename}: ${last.error.evalue}` : last.error.message}
          </span>
        </a>
      )}
      {job.fault && (
        <div className="lodge-Field-error" data-lodge="schedules-job-fault">
          {job.fault}
        </div>
      )}
      {problem && (
        <div className="lodge-Field-error" role="alert" data-lodge="schedules-job-problem">
          {problem}
        </div>
      )}
    </li>
  );
}

interface ActionProps {
  icon: LabIcon;
  label: string;
  name: string;
  disabled: boolean;
  onClick: () => void;
}

function Action({ icon, label, name, disabled, onClick }: ActionProps): React.JSX.Element {
  return (
    <button
      type="button"
      className="lodge-IconButton"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      data-lodge={name}
    >
      <icon.react tag="span" width="16px" height="16px" aria-hidden="true" />
    </button>
  );
}

const resumeIcon = new LabIcon({
  name: 'lodge:resume',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16"><path class="jp-icon3" fill="#616161" d="M3 3h2v10H3zM7 3l7 5-7 5z"/></svg>'
});

async function confirmDelete(
  { job }: JobRow,
  model: JobsModel,
  trans: TranslationBundle
): Promise<void> {
  const answer = await showDialog({
    title: trans.__('Delete “%1”?', job.name),
    body: trans.__(
      'Its schedule, its runs and their notebooks are deleted for good; a run under way is cancelled.'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Delete') })
    ],
    defaultButton: 0
  });
  if (answer.button.accept) {
    await model.remove(job.id);
  }
}

function firstLines(source: string, most = 3): string {
  const lines = source.trim().split('\n');
  return lines.slice(0, most).join('\n') + (lines.length > most ? '\n…' : '');
}
