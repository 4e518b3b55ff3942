import type { TranslationBundle } from '@jupyterlab/translation';
import type { FieldIds, Parameter } from '@lodge/kit';
import { Field, useDelayed } from '@lodge/kit';
import React from 'react';

import type { Problem } from './values';

interface ParameterFieldsProps {
  /** Null until the server has read the notebook. */
  parameters: Parameter[] | null;
  texts: Record<string, string>;
  problems: Record<string, Problem>;
  onChange: (name: string, text: string) => void;
  trans: TranslationBundle;
}

/** An input for each parameter of the notebook, by its type. */
export function ParameterFields(props: ParameterFieldsProps): React.JSX.Element {
  const { parameters, texts, problems, onChange, trans } = props;
  const late = useDelayed(parameters === null);
  const sentences: Record<Problem, string> = {
    int: trans.__('Write a whole number, like 30.'),
    float: trans.__('Write a number, like 0.5.'),
    list: trans.__('Write a JSON list, like ["JFK", "LGA"].'),
    dict: trans.__('Write a JSON object, like {"origin": "JFK"}.')
  };
  return (
    <fieldset className="lodge-Parameters" data-lodge="schedule-parameters">
      <legend className="lodge-Field-label">{trans.__('Parameters')}</legend>
      {parameters === null ? (
        late && <div className="lodge-Skeleton" aria-label={trans.__('Reading the parameters')} />
      ) : parameters.length === 0 ? (
        <div className="lodge-Field-hint">
          {trans.__('None. Tag a cell “parameters” to set its variables here.')}
        </div>
      ) : (
        parameters.map(parameter => (
          <Field
            key={parameter.name}
            label={parameter.name}
            hint={parameter.help || undefined}
            error={parameter.name in problems ? sentences[problems[parameter.name]] : null}
          >
            {ids => (
              <ParameterInput
                parameter={parameter}
                text={texts[parameter.name] ?? ''}
                onChange={text => onChange(parameter.name, text)}
                ids={ids}
              />
            )}
          </Field>
        ))
      )}
    </fieldset>
  );
}

interface ParameterInputProps {
  parameter: Parameter;
  text: string;
  onChange: (text: string) => void;
  ids: FieldIds;
}

function ParameterInput({
  parameter,
  text,
  onChange,
  ids
}: ParameterInputProps): React.JSX.Element {
  const shared = {
    ...ids,
    'data-lodge': 'schedule-parameter',
    'data-parameter': parameter.name
  };
  switch (parameter.type) {
    case 'bool':
      return (
        <span>
          <input
            {...shared}
            type="checkbox"
            checked={text === 'true'}
            onChange={event => onChange(String(event.target.checked))}
          />
        </span>
      );
    case 'int':
    case 'float':
      return (
        <input
          {...shared}
          className="lodge-Input"
          inputMode={parameter.type === 'int' ? 'numeric' : 'decimal'}
          placeholder={parameter.default_source}
          value={text}
          onChange={event => onChange(event.target.value)}
        />
      );
    case 'str':
      return (
        <input
          {...shared}
          className="lodge-Input"
          placeholder={parameter.default === null ? parameter.default_source : undefined}
          value={text}
          onChange={event => onChange(event.target.value)}
        />
      );
    default:
      return (
        <textarea
          {...shared}
          className="lodge-Input lodge-mod-code"
          rows={2}
          spellCheck={false}
          placeholder={parameter.default_source}
          value={text}
          onChange={event => onChange(event.target.value)}
        />
      );
  }
}
