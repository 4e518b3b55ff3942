import type { SparkConnect, SparkSession } from '@lodge/kit';
import { absoluteTime, Button, Notice, relativeTime, useDelayed } from '@lodge/kit';
import React from 'react';

import { bytes } from './amounts';
import type { SparkModel, SparkState } from './model';
import type { Words } from './parts';
import { Bar } from './parts';
import { Tabs } from './tabs';

interface SessionsProps {
  state: SparkState;
  model: SparkModel;
  words: Words;
}

/** The sessions, or why there is none. */
export function Sessions({ state, model, words }: SessionsProps): React.JSX.Element {
  const { trans } = words;
  const late = useDelayed(state.phase === 'loading');
  const id = React.useId();
  if (state.phase === 'loading') {
    return (
      <div aria-busy="true" data-lodge="spark-loading">
        {late &&
          [0, 1, 2].map(one => (
            <div key={one} className="lodge-Skeleton" aria-label={trans.__('Loading')} />
          ))}
      </div>
    );
  }
  if (state.phase === 'error') {
    return (
      <div className="lodge-Spark-note">
        <Notice kind="error" name="spark-error">
          {state.message}
        </Notice>
        <Button onClick={() => void model.refresh()} data-lodge="spark-retry">
          {trans.__('Try again')}
        </Button>
      </div>
    );
  }
  const session = model.session;
  if (!session) {
    return (
      <div className="lodge-Spark-note" data-lodge="spark-empty">
        <p>{trans.__('No Spark session is running. %%%%spark starts one.')}</p>
        <p className="lodge-Field-hint">
          {trans.__('Its executors, jobs, cached data and queries show up here.')}
        </p>
      </div>
    );
  }
  return (
    <>
      {state.message && (
        <Notice kind="warning" name="spark-stale">
          {state.message}
        </Notice>
      )}
      <div className="lodge-Spark-scroll">
        {state.sessions.length > 1 && (
          <div className="lodge-Spark-choice">
            <label htmlFor={id}>{trans.__('Session')}</label>
            <select
              id={id}
              className="lodge-Input"
              value={session.application}
              onChange={event => model.show(event.target.value)}
              data-lodge="spark-choice"
            >
              {state.sessions.map(one => (
                <option key={one.application} value={one.application}>
                  {one.kernel?.path ? `${one.name} (${one.kernel.path})` : one.name}
                </option>
              ))}
            </select>
          </div>
        )}
        <Session session={session} model={model} words={words} />
        {session.executors && <Tabs state={state} session={session} model={model} words={words} />}
      </div>
    </>
  );
}

interface SessionProps {
  session: SparkSession;
  model: SparkModel;
  words: Words;
}

/** What a session is, and what it holds. */
function Session({ session, model, words }: SessionProps): React.JSX.Element {
  const { trans, language, open } = words;
  const path = session.kernel?.path;
  const facts = [
    session.master,
    session.queue && trans.__('queue %1', session.queue),
    session.version && `Spark ${session.version}`
  ];
  return (
    <section
      className="lodge-Session"
      aria-label={session.name}
      data-lodge="spark-session"
      data-application={session.application}
    >
      <h3>{session.name}</h3>
      {path && (
        <button type="button" className="lodge-Link" onClick={() => open(path)} title={path}>
          {path}
        </button>
      )}
      <p className="lodge-Field-hint">
        {facts.filter(Boolean).join(' · ')}
        {session.started && (
          <>
            {' · '}
            <span title={absoluteTime(session.started, language)}>
              {trans.__('started %1', relativeTime(session.started, language))}
            </span>
          </>
        )}
      </p>
      {session.error && (
        <Notice
          kind={session.error.reason === 'spark_waiting' ? 'info' : 'warning'}
          name="spark-silent"
        >
          {session.error.message}
        </Notice>
      )}
      {session.executors && <Executors session={session} words={words} />}
      {session.connect && <Connect connect={session.connect} words={words} />}
      {session.ui && (
        <a
          href={model.uiOf(session)}
          target="_blank"
          rel="noopener noreferrer"
          data-lodge="spark-ui"
        >
          {trans.__('Open Spark UI')}
        </a>
      )}
    </section>
  );
}

/** What a session of Spark Connect tells: its queries; the rest is its server's to show. */
function Connect({ connect, words }: { connect: SparkConnect; words: Words }): React.JSX.Element {
  const { trans } = words;
  return (
    <div className="lodge-Session-connect" data-lodge="spark-connect">
      {connect.queries > 0 && (
        <>
          <Bar
            label={trans.__('Tasks done')}
            amount={trans.__('%1 of %2', connect.tasks_done, connect.tasks)}
            part={connect.tasks_done}
            whole={connect.tasks}
          />
          <p className="lodge-Field-hint">
            {[
              trans.__('queries done %1 of %2', connect.queries_done, connect.queries),
              trans.__('tasks running %1', connect.tasks_running)
            ].join(' · ')}
          </p>
        </>
      )}
      <p className="lodge-Field-hint">
        {trans.__(
          'Its driver is the server’s: executors, jobs and cached data are in the Spark UI there.'
        )}
      </p>
    </div>
  );
}

function Executors({ session, words }: { session: SparkSession; words: Words }): React.JSX.Element {
  const { trans } = words;
  const all = session.executors!;
  // For a moment Spark counts tasks that have just ended.
  const working = Math.min(all.tasks_active, all.cores);
  return (
    <>
      <Bar
        label={trans.__('Memory')}
        amount={trans.__('%1 of %2', bytes(all.memory_used), bytes(all.memory_total))}
        part={all.memory_used}
        whole={all.memory_total}
      />
      <Bar
        label={trans.__('Cores at work')}
        amount={trans.__('%1 of %2', working, all.cores)}
        part={working}
        whole={all.cores}
      />
      <details className="lodge-Details" data-lodge="spark-executors">
        <summary>{trans.__('Executors: %1', all.total)}</summary>
        <ul className="lodge-Executors">
          {all.items.map(one => (
            <li key={one.id} className={one.active ? undefined : 'lodge-mod-dead'}>
              <Bar
                label={one.driver ? trans.__('Driver') : trans.__('Executor %1', one.id)}
                amount={trans.__('%1 of %2', bytes(one.memory_used), bytes(one.memory_total))}
                part={one.memory_used}
                whole={one.memory_total}
              />
              <div className="lodge-Field-hint">
                {[
                  one.host,
                  trans.__('cores %1', one.cores),
                  trans.__('disk %1', bytes(one.disk_used)),
                  trans.__('tasks running %1, done %2', one.tasks_active, one.tasks_done),
                  one.tasks_failed && trans.__('failed %1', one.tasks_failed),
                  one.excluded && trans.__('excluded: too many of its tasks failed')
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </div>
            </li>
          ))}
        </ul>
        {all.items.length < all.total && (
          <p className="lodge-Field-hint">
            {trans.__('The busiest %1 of %2.', all.items.length, all.total)}
          </p>
        )}
      </details>
    </>
  );
}
