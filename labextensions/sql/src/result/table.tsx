import { ReactWidget } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { sentence, useDelayed } from '@lodge/kit';
import React from 'react';

import type { Order, ResultBundle } from './bundle';
import { clicked } from './bundle';
import { insertChart } from './chart';
import { Grid } from './grid';
import type { KernelResult } from './kernel';
import { Pager } from './pager';
import { usePage } from './usePage';

interface Options {
  bundle: ResultBundle;
  /** The kernel that holds the result; null when none does. */
  kernel: KernelResult | null;
  /** The notebook it is shown in. */
  panel: () => NotebookPanel | null;
  trans: TranslationBundle;
}

/** A result as a table: sorted, searched, page by page, with a chart in one click. */
export class ResultTable extends ReactWidget {
  constructor(private readonly options: Options) {
    super();
  }

  protected render(): React.ReactElement {
    return <Result {...this.options} node={this.node} />;
  }
}

const AS_IT_IS: Order = { sort: null, descending: false, search: '' };
/** A shorter result is seen at a glance. */
const FEW = 5;

function Result({
  bundle,
  kernel,
  panel,
  trans,
  node
}: Options & { node: HTMLElement }): React.JSX.Element {
  const [order, setOrder] = React.useState<Order>(AS_IT_IS);
  const [offset, setOffset] = React.useState(0);
  const [size, setSize] = React.useState(20);
  const [trouble, setTrouble] = React.useState<string | null>(null);
  const view = usePage(bundle, kernel, order, offset, size);
  const late = useDelayed(view.busy, 400);
  const total = bundle.total ?? bundle.rows.length;
  const reorder = (changed: Order): void => {
    setOrder(changed);
    setOffset(0);
  };
  const draw = async (): Promise<void> => {
    const notebook = panel();
    setTrouble(null);
    try {
      const chart = await kernel?.chart();
      if (chart && notebook && !(await insertChart(notebook, node, chart))) {
        setTrouble(trans.__('This notebook can only be read; take a copy to add a chart.'));
      }
    } catch (error) {
      setTrouble(sentence(error));
    }
  };
  const told = trouble ?? view.trouble;
  return (
    <div aria-busy={view.busy || undefined}>
      {total > FEW && (
        <div className="lodge-Result-tools">
          <input
            type="search"
            className="lodge-Input"
            placeholder={trans.__('Search the rows')}
            aria-label={trans.__('Search the rows')}
            value={order.search}
            onChange={event => reorder({ ...order, search: event.target.value })}
            data-lodge="result-search"
          />
          {late && (
            <span className="lodge-Spinner" role="status" aria-label={trans.__('Loading')} />
          )}
          {kernel && (
            <button
              type="button"
              className="lodge-Result-chart"
              onClick={() => void draw()}
              data-lodge="result-chart"
            >
              {trans.__('Chart')}
            </button>
          )}
        </div>
      )}
      <Grid
        columns={bundle.columns}
        rows={view.rows}
        order={order}
        sortable={total > 1}
        onSort={column => reorder(clicked(order, column))}
        trans={trans}
      />
      {(total > size || order.search || offset > 0) && (
        <Pager
          offset={offset}
          size={size}
          found={view.found}
          searched={order.search !== ''}
          onMove={setOffset}
          onSize={chosen => {
            setSize(chosen);
            setOffset(Math.floor(offset / chosen) * chosen);
          }}
          trans={trans}
        />
      )}
      <div className="lodge-Result-notes">
        {view.cut && (
          <div data-lodge="result-cut">
            {trans.__(
              'Only the first %1 rows are kept; give the result a name (%%%%sql NAME) to look through all.',
              bundle.rows.length
            )}
          </div>
        )}
        {bundle.hiddenColumns > 0 && (
          <div>{trans.__('%1 more columns are not shown.', bundle.hiddenColumns)}</div>
        )}
        {bundle.notes.map((note, index) => (
          <div key={index}>{note}</div>
        ))}
        {told && (
          <div role="alert" className="lodge-Result-trouble" data-lodge="result-trouble">
            {told}
          </div>
        )}
      </div>
    </div>
  );
}
