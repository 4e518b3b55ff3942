import type { TranslationBundle } from '@jupyterlab/translation';
import type { Readers } from '@lodge/kit';
import { Field } from '@lodge/kit';
import React from 'react';

import { parseNames } from './defaults';

interface ReadersChoiceProps {
  everyone: boolean;
  /** As it is typed: logins, full names and groups. */
  names: string;
  onChange: (everyone: boolean, names: string) => void;
  trans: TranslationBundle;
}

/** Who may read the notebook once it is shared. */
export function ReadersChoice(props: ReadersChoiceProps): React.JSX.Element {
  const { everyone, names, onChange, trans } = props;
  const name = React.useId();
  return (
    <fieldset className="lodge-Field lodge-Readers" data-lodge="share-readers">
      <legend className="lodge-Field-label">{trans.__('Who may read it')}</legend>
      <label className="lodge-Readers-choice">
        <input
          type="radio"
          name={name}
          data-lodge="share-readers-everyone"
          checked={everyone}
          onChange={() => onChange(true, names)}
        />
        <span>{trans.__('Everyone who is signed in')}</span>
      </label>
      <label className="lodge-Readers-choice">
        <input
          type="radio"
          name={name}
          data-lodge="share-readers-named"
          checked={!everyone}
          onChange={() => onChange(false, names)}
        />
        <span>{trans.__('Only some people and groups')}</span>
      </label>
      {!everyone && (
        <Field
          label={trans.__('People and groups')}
          hint={trans.__('Separated by commas. You and administrators may read it anyway.')}
        >
          {ids => (
            <input
              {...ids}
              className="lodge-Input"
              data-lodge="share-readers-names"
              value={names}
              spellCheck={false}
              onChange={event => onChange(false, event.target.value)}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}

/** What is asked for by what was typed. */
export function readersOf(everyone: boolean, names: string): Readers {
  return { everyone, groups: [], people: everyone ? [] : parseNames(names) };
}

/** What would be typed for those who may read a share. */
export function namesOf(readers: Readers): string {
  return [...readers.groups, ...readers.people].join(', ');
}
