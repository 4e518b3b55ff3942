import type { TranslationBundle } from '@jupyterlab/translation';
import type { FoundSecret } from '@lodge/kit';
import { Button, Notice } from '@lodge/kit';
import React from 'react';

interface SecretsNoticeProps {
  secrets: FoundSecret[];
  /** Empty the outputs of a cell; resolves once the notebook is saved. */
  onClear: (cell: number) => Promise<void>;
  trans: TranslationBundle;
}

/** Says where secrets stand that readers would see; nothing when none were found. */
export function SecretsNotice(props: SecretsNoticeProps): React.JSX.Element | null {
  const { secrets, onClear, trans } = props;
  if (!secrets.length) {
    return null;
  }
  return (
    <Notice kind="warning" name="share-secrets">
      <div>{trans.__('This looks like secrets, and readers would see them:')}</div>
      <ul className="lodge-Secrets">
        {secrets.map(({ cell, place, kind }) => (
          <li key={`${cell} ${place} ${kind}`}>
            <span>
              {place === 'output'
                ? trans.__('%1 in an output of cell %2', kind, cell + 1)
                : trans.__('%1 in the source of cell %2', kind, cell + 1)}
            </span>
            {place === 'output' && (
              <Button
                type="button"
                onClick={() => void onClear(cell)}
                data-lodge={`share-clear-${cell}`}
              >
                {trans.__('Clear the output')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
