import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import type { SqlPreview } from '@lodge/kit';
import { Button, Notice, useDelayed } from '@lodge/kit';
import React from 'react';

import type { CatalogModel, CatalogState, Chosen } from './model';
import { cellFor } from './rows';

/** The word of every database, in every language. */
const NULL = 'NULL';

interface TableProps {
  state: CatalogState;
  chosen: Chosen;
  model: CatalogModel;
  trans: TranslationBundle;
  /** Puts a cell below the active one; false when no notebook is open. */
  insert: (text: string) => boolean;
}

/** What can be done with the table that is looked at, and its first rows. */
export function ChosenTable({
  state,
  chosen,
  model,
  trans,
  insert
}: TableProps): React.JSX.Element {
  const { source, table } = chosen;
  const { preview } = state;
  const [refused, setRefused] = React.useState(false);
  const late = useDelayed(preview?.phase === 'loading');
  React.useEffect(() => setRefused(false), [chosen]);
  return (
    <section
      className="lodge-Sql-chosen"
      aria-label={trans.__('Table %1', table.name)}
      data-lodge="sql-chosen"
    >
      <div className="lodge-Sql-head">
        <h3 title={`${source} · ${table.name}`}>{table.name}</h3>
        <button
          type="button"
          className="lodge-IconButton"
          aria-label={trans.__('Close')}
          title={trans.__('Close')}
          onClick={() => model.choose(null)}
        >
          <closeIcon.react tag="span" width="16px" height="16px" aria-hidden="true" />
        </button>
      </div>
      <div className="lodge-Sql-buttons">
        <Button
          kind="accept"
          onClick={() => setRefused(!insert(cellFor(model.source(source), source, table)))}
          data-lodge="sql-insert"
        >
          {trans.__('Insert %%%%sql cell')}
        </Button>
        <Button
          onClick={() => void model.preview()}
          busy={preview?.phase === 'loading'}
          data-lodge="sql-preview"
        >
          {trans.__('Preview')}
        </Button>
      </div>
      {refused && (
        <Notice kind="info" name="sql-no-notebook">
          {trans.__('Open a notebook first; the cell goes below its active cell.')}
        </Notice>
      )}
      {preview?.phase === 'loading' && late && (
        <div className="lodge-Skeleton" aria-label={trans.__('Loading')} />
      )}
      {preview?.phase === 'error' && (
        <Notice kind="error" name="sql-preview-error">
          {preview.message}
        </Notice>
      )}
      {preview?.phase === 'ready' && <Rows found={preview.found} trans={trans} />}
    </section>
  );
}

function Rows({
  found,
  trans
}: {
  found: SqlPreview;
  trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <>
      <p className="lodge-Field-hint" role="status">
        {found.rows.length
          ? trans.__('The first %1 rows', found.rows.length)
          : trans.__('This table has no rows.')}
      </p>
      <div
        className="lodge-Sql-scroll"
        role="region"
        tabIndex={0}
        aria-label={trans.__('Preview')}
        data-lodge="sql-rows"
      >
        <table>
          <thead>
            <tr>
              {found.columns.map((column, index) => (
                <th key={index} scope="col" title={column.type}>
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((row, index) => (
              <tr key={index}>
                {row.map((value, place) => (
                  <td key={place} className={value === null ? 'lodge-mod-null' : undefined}>
                    {value ?? NULL}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
