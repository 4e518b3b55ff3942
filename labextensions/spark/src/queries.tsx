import type { SparkQueries, SparkQuery } from '@lodge/kit';
import { duration } from '@lodge/kit';
import React from 'react';

import { calledName } from './amounts';
import type { SparkModel } from './model';
import type { Words } from './parts';
import { More, Status } from './parts';

interface QueriesProps {
  queries: SparkQueries;
  model: SparkModel;
  words: Words;
}

/** The newest SQL queries and DataFrame actions. */
export function Queries({ queries, model, words }: QueriesProps): React.JSX.Element {
  if (!queries.items.length) {
    return (
      <p className="lodge-Spark-note">
        {words.trans.__('No query or DataFrame has run in this session yet.')}
      </p>
    );
  }
  return (
    <>
      <ul className="lodge-Rows" data-lodge="spark-queries">
        {queries.items.map(one => (
          <Query key={one.id} query={one} words={words} />
        ))}
      </ul>
      <More shown={queries.items.length} total={queries.total} model={model} words={words} />
    </>
  );
}

function Query({ query, words }: { query: SparkQuery; words: Words }): React.JSX.Element {
  const { trans } = words;
  return (
    <li data-lodge="spark-query" data-query={query.id}>
      <div className="lodge-Row-head">
        <Status status={query.status} words={words} />
        <span className="lodge-Row-name">
          {trans.__('Query %1: %2', query.id, calledName({ name: query.description }))}
        </span>
        <span className="lodge-Row-time">
          {query.seconds === null ? '' : duration(query.seconds)}
        </span>
      </div>
      {query.error && <div className="lodge-Row-bad">{query.error}</div>}
      <details className="lodge-Details">
        <summary>{trans.__('Plan')}</summary>
        <pre
          className="lodge-Plan"
          tabIndex={0}
          role="region"
          aria-label={trans.__('Plan of query %1', query.id)}
        >
          {query.plan}
        </pre>
        {query.plan_cut && (
          <p className="lodge-Field-hint">
            {trans.__('The plan goes on; the Spark UI has the whole of it.')}
          </p>
        )}
      </details>
    </li>
  );
}
