import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import { useDelayed } from '@lodge/kit';
import React from 'react';

import type { CatalogModel, CatalogState } from './model';
import type { Row } from './rows';
import { keyOf, rowsOf } from './rows';

interface TreeProps {
  state: CatalogState;
  model: CatalogModel;
  trans: TranslationBundle;
}

/** Sources, their tables and columns, as a tree that arrow keys walk. */
export function Tree({ state, model, trans }: TreeProps): React.JSX.Element {
  const rows = rowsOf(state);
  const [at, setAt] = React.useState<string | null>(null);
  const list = React.useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    rows.findIndex(row => row.key === at)
  );

  const go = (to: number): void => {
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    if (row) {
      setAt(row.key);
      choose(row, model);
      list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus();
    }
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const row = rows[index];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const opens = row.kind === 'source' || row.kind === 'table';
    const parent = lastIndex(rows.slice(0, index), one => one.level < row.level);
    const steps: { [key: string]: () => void } = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (opens && !row.open ? toggle(row, model) : opens && go(index + 1)),
      ArrowLeft: () => (opens && row.open ? toggle(row, model) : parent >= 0 && go(parent)),
      Enter: () => act(row, model),
      ' ': () => act(row, model)
    };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      step();
    }
  };

  if (!rows.length) {
    return (
      <p className="lodge-Sql-note lodge-Field-hint" role="status" data-lodge="sql-none">
        {trans.__('Nothing has this in its name.')}
      </p>
    );
  }
  return (
    <div
      ref={list}
      className="lodge-Sql-tree"
      role="tree"
      aria-label={trans.__('SQL sources')}
      onKeyDown={onKeyDown}
      data-lodge="sql-tree"
    >
      {rows.map((row, number) => (
        <div
          key={row.key}
          role="treeitem"
          aria-level={row.level}
          aria-posinset={row.position}
          aria-setsize={row.size}
          aria-expanded={row.kind === 'source' || row.kind === 'table' ? row.open : undefined}
          aria-selected={isChosen(row, state)}
          tabIndex={number === index ? 0 : -1}
          className={`lodge-Sql-row lodge-mod-${row.kind}`}
          style={{ paddingInlineStart: `${row.level * 12 - 4}px` }}
          title={hint(row)}
          data-key={row.key}
          data-lodge={`sql-${row.kind}`}
          onFocus={() => setAt(row.key)}
          onClick={() => {
            setAt(row.key);
            choose(row, model);
            act(row, model);
          }}
        >
          <Content row={row} trans={trans} />
        </div>
      ))}
    </div>
  );
}

function Content({ row, trans }: { row: Row; trans: TranslationBundle }): React.JSX.Element {
  const late = useDelayed(row.kind === 'loading');
  switch (row.kind) {
    case 'source':
      return (
        <>
          <Caret open={row.open} />
          <span className="lodge-Sql-name">{row.source.name}</span>
          {row.source.default && (
            <span className="lodge-Sql-detail">{trans.__('default source')}</span>
          )}
          <span className="lodge-Sql-detail">{row.source.type}</span>
        </>
      );
    case 'table':
      return (
        <>
          <Caret open={row.open} />
          <span className="lodge-Sql-name">{row.table.name}</span>
          {row.table.kind === 'view' && (
            <span className="lodge-Sql-detail">{trans.__('view')}</span>
          )}
        </>
      );
    case 'column':
      return (
        <>
          <span className="lodge-Sql-name">{row.column.name}</span>
          <span className="lodge-Sql-type">{row.column.type}</span>
        </>
      );
    case 'loading':
      return <span className="lodge-Sql-words">{late ? trans.__('Loading…') : '\u00a0'}</span>;
    case 'empty':
      return (
        <span className="lodge-Sql-words">
          {row.of === 'tables'
            ? trans.__('This source has no tables.')
            : trans.__('This table has no columns.')}
        </span>
      );
    case 'more':
      return (
        <span className="lodge-Sql-words">
          {trans.__('%1 more; the filter finds them.', row.hidden)}
        </span>
      );
    case 'error':
      return (
        <span className="lodge-Sql-words">
          {row.message}
          {row.reason !== 'ask_a_notebook' && (
            <span className="lodge-Sql-retry"> {trans.__('Try again')}</span>
          )}
        </span>
      );
  }
}

function Caret({ open }: { open: boolean }): React.JSX.Element {
  const icon = open ? caretDownIcon : caretRightIcon;
  return <icon.react tag="span" className="lodge-Sql-caret" width="16px" height="16px" />;
}

function lastIndex(rows: Row[], wanted: (row: Row) => boolean): number {
  return rows.map(wanted).lastIndexOf(true);
}

function hint(row: Row): string | undefined {
  switch (row.kind) {
    case 'source':
      return row.source.description || undefined;
    case 'table':
      return row.table.name;
    case 'column':
      return `${row.column.name} ${row.column.type}`;
    default:
      return undefined;
  }
}

function isChosen(row: Row, { chosen }: CatalogState): boolean {
  return row.kind === 'table' && row.key === (chosen && keyOf(chosen.source, chosen.table.name));
}

function choose(row: Row, model: CatalogModel): void {
  const table = row.kind === 'table' || row.kind === 'column';
  if (table) {
    model.choose({ source: row.source, table: row.table });
  }
}

function toggle(row: Row, model: CatalogModel): void {
  if (row.kind === 'source') {
    model.toggle(row.source.name, null);
  } else if (row.kind === 'table') {
    model.toggle(row.source, row.table.name);
  }
}

function act(row: Row, model: CatalogModel): void {
  toggle(row, model);
  if (row.kind === 'error' && row.reason !== 'ask_a_notebook') {
    model.retry(row.source, row.table);
  }
}
