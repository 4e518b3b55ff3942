import type { TranslationBundle } from '@jupyterlab/translation';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { SparkCached, SparkStorage } from '@lodge/kit';
import { Button, Notice } from '@lodge/kit';
import React from 'react';

import { bytes, shortName } from './amounts';
import { Broadcasts } from './broadcasts';
import type { SparkModel, SparkState } from './model';
import type { Words } from './parts';
import { Bar } from './parts';

interface StorageProps {
  storage: SparkStorage;
  state: SparkState;
  model: SparkModel;
  words: Words;
}

/** What is cached and where, and the shuffle data on disk. */
export function Storage({ storage, state, model, words }: StorageProps): React.JSX.Element {
  const { trans } = words;
  return (
    <>
      {storage.cached.length ? (
        <ul className="lodge-Rows" data-lodge="spark-cached">
          {storage.cached.map(one => (
            <Cached
              key={one.id}
              cached={one}
              letting={state.letting === one.id}
              model={model}
              words={words}
            />
          ))}
        </ul>
      ) : (
        <p className="lodge-Spark-note">
          {trans.__('Nothing is cached. cache() or persist() keeps data for the next use.')}
        </p>
      )}
      {storage.cached.length < storage.total && (
        <p className="lodge-Spark-note lodge-Field-hint">
          {trans.__(
            'The newest %1 of %2. The Spark UI has them all.',
            storage.cached.length,
            storage.total
          )}
        </p>
      )}
      {storage.shuffle.length > 0 && (
        <div className="lodge-Spark-note">
          <h4>{trans.__('Shuffle data on disk')}</h4>
          <table className="lodge-Table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Executor')}</th>
                <th scope="col">{trans.__('Written')}</th>
                <th scope="col">{trans.__('Read')}</th>
              </tr>
            </thead>
            <tbody>
              {storage.shuffle.map(one => (
                <tr key={one.executor} title={one.host}>
                  <td>{one.executor}</td>
                  <td>{bytes(one.written)}</td>
                  <td>{bytes(one.read)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Broadcasts found={state.broadcasts} model={model} words={words} />
    </>
  );
}

interface CachedProps {
  cached: SparkCached;
  letting: boolean;
  model: SparkModel;
  words: Words;
}

function Cached({ cached, letting, model, words }: CachedProps): React.JSX.Element {
  const { trans } = words;
  const unpersist = async (): Promise<void> => {
    const asked = await showDialog({
      title: trans.__('Let go of this data?'),
      body: trans.__('“%1” is computed anew at its next use.', shortName(cached)),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Unpersist') })
      ]
    });
    if (asked.button.accept) {
      await model.unpersist(cached.id);
    }
  };
  return (
    <li data-lodge="spark-rdd" data-rdd={cached.id}>
      <div className="lodge-Row-head">
        <span className="lodge-Row-name" title={cached.name}>
          {shortName(cached)}
        </span>
        <code className="lodge-Level">{cached.level}</code>
      </div>
      <Bar
        label={trans.__('Partitions cached')}
        amount={trans.__('%1 of %2', cached.partitions_cached, cached.partitions)}
        part={cached.partitions_cached}
        whole={cached.partitions}
        kind={cached.mark ? 'warning' : 'plain'}
      />
      <div className="lodge-Field-hint">
        {trans.__('%1 in memory, %2 on disk', bytes(cached.memory), bytes(cached.disk))}
      </div>
      {cached.mark && (
        <Notice kind="warning" name="spark-partial">
          {markWords(cached, trans)}
        </Notice>
      )}
      <Button
        onClick={() => void unpersist()}
        busy={letting}
        data-lodge="spark-unpersist"
        aria-label={trans.__('Unpersist %1', shortName(cached))}
      >
        {trans.__('Unpersist')}
      </Button>
      <details className="lodge-Details">
        <summary>{trans.__('Blocks: %1', cached.blocks_total)}</summary>
        {cached.executors.map(one => (
          <div key={one.host} className="lodge-Field-hint">
            {trans.__(
              '%1: %2 in memory, %3 on disk',
              one.executor,
              bytes(one.memory),
              bytes(one.disk)
            )}
          </div>
        ))}
        {cached.blocks.length > 0 && (
          <table className="lodge-Table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Block')}</th>
                <th scope="col">{trans.__('Memory')}</th>
                <th scope="col">{trans.__('Disk')}</th>
                <th scope="col">{trans.__('Executors')}</th>
              </tr>
            </thead>
            <tbody>
              {cached.blocks.map(block => (
                <tr key={block.name} title={block.level}>
                  <td>
                    <code>{block.name}</code>
                  </td>
                  <td>{bytes(block.memory)}</td>
                  <td>{bytes(block.disk)}</td>
                  <td>{block.executors.join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {cached.blocks.length < cached.blocks_total && (
          <p className="lodge-Field-hint">
            {trans.__('The first %1 of %2.', cached.blocks.length, cached.blocks_total)}
          </p>
        )}
      </details>
    </li>
  );
}

function markWords(cached: SparkCached, trans: TranslationBundle): string {
  if (cached.mark?.reason === 'evicted') {
    return trans.__(
      'None of it is cached any more, so each use computes it anew: other data took its place in memory.'
    );
  }
  const missing = cached.partitions - cached.partitions_cached;
  return cached.level.startsWith('MEMORY_ONLY')
    ? trans.__(
        '%1 partitions are not cached and are computed anew at each use: they did not fit into memory, and this level keeps nothing on disk.',
        missing
      )
    : trans.__('%1 partitions are not cached and are computed anew at each use.', missing);
}
