import type { SparkSession } from '@lodge/kit';
import { Notice, useDelayed } from '@lodge/kit';
import React from 'react';

import { Jobs } from './jobs';
import type { SparkModel, SparkState, Tab } from './model';
import type { Words } from './parts';
import { Queries } from './queries';
import { Storage } from './storage';

interface TabsProps {
  state: SparkState;
  session: SparkSession;
  model: SparkModel;
  words: Words;
}

/** Jobs, storage and SQL; the arrow keys go from one to the next. */
export function Tabs(props: TabsProps): React.JSX.Element {
  const { state, model, words } = props;
  const { trans } = words;
  const id = React.useId();
  const list = React.useRef<HTMLDivElement>(null);
  const tabs: [Tab, string][] = [
    ['jobs', trans.__('Jobs')],
    ['storage', trans.__('Storage')],
    ['sql', trans.__('SQL')]
  ];
  const go = (event: React.KeyboardEvent): void => {
    const now = tabs.findIndex(([tab]) => tab === state.tab);
    const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) {
      return;
    }
    event.preventDefault();
    const place = (next + tabs.length) % tabs.length;
    model.select(tabs[place][0]);
    list.current?.querySelectorAll('button')[place].focus();
  };
  return (
    <>
      <div
        className="lodge-Tabs"
        role="tablist"
        aria-label={trans.__('Of this session')}
        ref={list}
        onKeyDown={go}
      >
        {tabs.map(([tab, label]) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`${id}-${tab}`}
            aria-selected={tab === state.tab}
            aria-controls={`${id}-panel`}
            tabIndex={tab === state.tab ? 0 : -1}
            onClick={() => model.select(tab)}
            data-lodge={`spark-tab-${tab}`}
          >
            {label}
          </button>
        ))}
      </div>
      <div
        id={`${id}-panel`}
        role="tabpanel"
        tabIndex={0}
        aria-labelledby={`${id}-${state.tab}`}
        className="lodge-TabPanel"
      >
        {state.problem && (
          <Notice kind="error" name="spark-problem">
            {state.problem}
          </Notice>
        )}
        <Content {...props} />
      </div>
    </>
  );
}

function Content({ state, session, model, words }: TabsProps): React.JSX.Element | null {
  const late = useDelayed(!state[state.tab]);
  if (state.tab === 'jobs' && state.jobs) {
    return <Jobs jobs={state.jobs} cancelling={state.cancelling} model={model} words={words} />;
  }
  if (state.tab === 'storage' && state.storage) {
    return (
      <Storage
        key={session.application}
        storage={state.storage}
        state={state}
        model={model}
        words={words}
      />
    );
  }
  if (state.tab === 'sql' && state.sql) {
    return <Queries queries={state.sql} model={model} words={words} />;
  }
  return late && !state.problem ? (
    <div className="lodge-Skeleton" aria-label={words.trans.__('Loading')} />
  ) : null;
}
