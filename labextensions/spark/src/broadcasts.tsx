import type { SparkBroadcast } from '@lodge/kit';
import { Button } from '@lodge/kit';
import React from 'react';

import { bytes } from './amounts';
import type { SparkModel } from './model';
import type { Words } from './parts';

interface Props {
  found: { items: SparkBroadcast[]; total: number } | null;
  model: SparkModel;
  words: Words;
}

/** Broadcast variables, which the kernel is asked for at a click. */
export function Broadcasts({ found, model, words }: Props): React.JSX.Element {
  const { trans } = words;
  const [busy, setBusy] = React.useState(false);
  const ask = async (): Promise<void> => {
    setBusy(true);
    await model.showBroadcasts();
    setBusy(false);
  };
  return (
    <div className="lodge-Spark-note" data-lodge="spark-broadcasts">
      <h4>{trans.__('Broadcast variables')}</h4>
      {found && !found.items.length && (
        <p className="lodge-Field-hint">{trans.__('There are none.')}</p>
      )}
      {found && found.items.length > 0 && (
        <table className="lodge-Table">
          <thead>
            <tr>
              <th scope="col">{trans.__('Variable')}</th>
              <th scope="col">{trans.__('Size')}</th>
              <th scope="col">{trans.__('Executors')}</th>
            </tr>
          </thead>
          <tbody>
            {found.items.map(one => (
              <tr
                key={one.id}
                title={trans.__(
                  '%1: %2 in memory, %3 on disk',
                  `broadcast_${one.id}`,
                  bytes(one.memory),
                  bytes(one.disk)
                )}
              >
                <td>{one.name || <code>{`broadcast_${one.id}`}</code>}</td>
                <td>{bytes(one.memory + one.disk)}</td>
                <td>{one.executors.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found && found.items.length < found.total && (
        <p className="lodge-Field-hint">
          {trans.__('The largest %1 of %2.', found.items.length, found.total)}
        </p>
      )}
      <Button onClick={() => void ask()} busy={busy} data-lodge="spark-broadcasts-show">
        {found ? trans.__('Ask again') : trans.__('Show')}
      </Button>
    </div>
  );
}
