import type { TranslationBundle } from '@jupyterlab/translation';
import { hubUrl } from '@lodge/kit';
import React from 'react';

import type { SharePageState } from './useSharePage';

interface PageFieldsProps {
  state: SharePageState;
  trans: TranslationBundle;
}

/** Whether runs go on the notebook's page in the gallery, and from there to the wiki. */
export function PageFields({ state, trans }: PageFieldsProps): React.JSX.Element | null {
  const { page, problem, shareId, on, publish, change } = state;
  if (!shareId) {
    // Nothing to choose: said where it is known, and not while it is looked up.
    return page ? (
      <div className="lodge-Field-hint" data-lodge="schedule-page-none">
        {trans.__('Share this notebook to have each run shown on its page in the gallery.')}
      </div>
    ) : null;
  }
  const wikis = page?.wikis ?? [];
  const own = page?.share?.id === shareId ? page.share : null;
  return (
    <fieldset className="lodge-Parameters" data-lodge="schedule-page">
      <legend className="lodge-Field-label">{trans.__('Page in the gallery')}</legend>
      <label className="lodge-Check">
        <input
          type="checkbox"
          checked={on}
          data-lodge="schedule-page-on"
          onChange={event => change(event.target.checked, publish)}
        />
        <span>
          {trans.__('Show each successful run there')}
          <span className="lodge-Field-hint">
            {own ? (
              <a href={hubUrl(own.url)} target="_blank" rel="noopener">
                {own.title}
              </a>
            ) : (
              problem
            )}
            {own && ' · '}
            {own && trans.__('the newest one leads, with its date and parameters')}
          </span>
        </span>
      </label>
      {on && (wikis.length > 0 || publish) && (
        <label className="lodge-Check">
          <input
            type="checkbox"
            checked={publish}
            data-lodge="schedule-page-publish"
            onChange={event => change(true, event.target.checked)}
          />
          <span>
            {wikis.length > 0
              ? trans.__('And bring it to the wiki: %1', wikis.join(', '))
              : trans.__('And bring it to the wiki')}
          </span>
        </label>
      )}
    </fieldset>
  );
}
