import type { SparkJob, SparkJobs, SparkStage } from '@lodge/kit';
import { Button, duration, Notice } from '@lodge/kit';
import React from 'react';

import { bytes, calledName, settled } from './amounts';
import type { SparkModel } from './model';
import type { Words } from './parts';
import { Bar, More, Status } from './parts';

interface JobsProps {
  jobs: SparkJobs;
  cancelling: number | null;
  model: SparkModel;
  words: Words;
}

/** The newest jobs, those that run first. */
export function Jobs({ jobs, cancelling, model, words }: JobsProps): React.JSX.Element {
  const { trans } = words;
  if (!jobs.items.length) {
    return <p className="lodge-Spark-note">{trans.__('No job has run in this session yet.')}</p>;
  }
  return (
    <>
      <ul className="lodge-Rows" data-lodge="spark-jobs">
        {jobs.items.map(job => (
          <Job key={job.id} job={job} cancelling={cancelling} model={model} words={words} />
        ))}
      </ul>
      <More shown={jobs.items.length} total={jobs.total} model={model} words={words} />
    </>
  );
}

interface JobProps extends Omit<JobsProps, 'jobs'> {
  job: SparkJob;
}

function Job({ job, cancelling, model, words }: JobProps): React.JSX.Element {
  const { trans } = words;
  const running = job.status === 'RUNNING';
  return (
    <li data-lodge="spark-job" data-job={job.id}>
      <div className="lodge-Row-head">
        <Status status={job.status} words={words} />
        <span className="lodge-Row-name">{trans.__('Job %1: %2', job.id, calledName(job))}</span>
        <span className="lodge-Row-time">{job.seconds === null ? '' : duration(job.seconds)}</span>
      </div>
      {running && (
        <Bar
          label={trans.__('Tasks')}
          amount={trans.__('%1 of %2', settled(job.tasks), job.tasks.total)}
          part={settled(job.tasks)}
          whole={job.tasks.total}
        />
      )}
      {job.tasks.failed > 0 && (
        <div className="lodge-Row-bad">{trans.__('Failed tasks: %1', job.tasks.failed)}</div>
      )}
      {running && (
        <Button
          busy={cancelling === job.id}
          onClick={() => void model.cancel(job.id)}
          aria-label={trans.__('Cancel job %1', job.id)}
          data-lodge="spark-cancel"
        >
          {trans.__('Cancel')}
        </Button>
      )}
      <details className="lodge-Details">
        <summary>
          {trans.__('Stages: %1', job.stages_total)}
          {job.skewed && <span className="lodge-Chip">{trans.__('Skewed')}</span>}
        </summary>
        <ul className="lodge-Stages">
          {job.stages.map(stage => (
            <Stage key={stage.id} stage={stage} words={words} />
          ))}
        </ul>
        {job.stages.length < job.stages_total && (
          <p className="lodge-Field-hint">
            {trans.__(
              'The newest %1 of %2. The Spark UI has them all.',
              job.stages.length,
              job.stages_total
            )}
          </p>
        )}
      </details>
    </li>
  );
}

function Stage({ stage, words }: { stage: SparkStage; words: Words }): React.JSX.Element {
  const { trans } = words;
  const { tasks, skew } = stage;
  const moved: [string, number][] = [
    [trans.__('Input'), stage.input],
    [trans.__('Output'), stage.output],
    [trans.__('Shuffle read'), stage.shuffle_read],
    [trans.__('Shuffle written'), stage.shuffle_written],
    [trans.__('Spilled from memory'), stage.spill_memory],
    [trans.__('Spilled to disk'), stage.spill_disk]
  ];
  const amounts = moved.filter(([, count]) => count > 0);
  return (
    <li data-lodge="spark-stage" data-stage={stage.id}>
      <div className="lodge-Row-head">
        <Status status={stage.status} words={words} />
        <span className="lodge-Row-name">
          {trans.__('Stage %1: %2', stage.id, calledName(stage))}
        </span>
        <span className="lodge-Row-time">
          {stage.seconds === null ? '' : duration(stage.seconds)}
        </span>
      </div>
      {stage.status !== 'SKIPPED' && (
        <Bar
          label={tasks.running ? trans.__('Tasks, running %1', tasks.running) : trans.__('Tasks')}
          amount={trans.__('%1 of %2', tasks.done, tasks.total)}
          part={tasks.done}
          whole={tasks.total}
        />
      )}
      {tasks.failed > 0 && (
        <div className="lodge-Row-bad">{trans.__('Failed tasks: %1', tasks.failed)}</div>
      )}
      {amounts.length > 0 && (
        <dl className="lodge-Amounts">
          {amounts.map(([label, count]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{bytes(count)}</dd>
            </div>
          ))}
        </dl>
      )}
      {stage.failure && <div className="lodge-Row-bad">{stage.failure}</div>}
      {skew?.marked && (
        <Notice kind="warning" name="spark-skew">
          {trans.__(
            'Skewed: the slowest task took %1, the median %2. One partition probably holds much more than the others.',
            duration(skew.slowest),
            duration(skew.median)
          )}
        </Notice>
      )}
    </li>
  );
}
