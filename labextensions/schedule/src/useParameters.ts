import type { Job, LodgeApi, Parameter, Parameters } from '@lodge/kit';
import { sentence } from '@lodge/kit';
import React from 'react';

import type { Problem } from './values';
import { changedValues, toText } from './values';

export interface ParametersState {
  /** Null until the server has read the notebook. */
  found: Parameter[] | null;
  /** Why it couldn't be read. */
  problem: string | null;
  texts: Record<string, string>;
  problems: Record<string, Problem>;
  values: Parameters;
  invalid: boolean;
  change: (name: string, text: string) => void;
}

/** The notebook's parameters, with a job's values over their defaults, as they are edited. */
export function useParameters(api: LodgeApi, path: string, job: Job | null): ParametersState {
  const [found, setFound] = React.useState<Parameter[] | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [texts, setTexts] = React.useState<Record<string, string>>({});

  React.useEffect(() => {
    let closed = false;
    api.parameters(path).then(
      parameters => {
        if (!closed) {
          setFound(parameters);
          setTexts(
            Object.fromEntries(
              parameters.map(one => [one.name, toText(one, job?.parameters[one.name])])
            )
          );
        }
      },
      (error: unknown) => !closed && setProblem(sentence(error))
    );
    return () => {
      closed = true;
    };
  }, [api, path, job]);

  const { values, problems } = changedValues(
    found ?? [],
    texts,
    Object.keys(job?.parameters ?? {})
  );
  return {
    found,
    problem,
    texts,
    problems,
    values,
    invalid: Object.keys(problems).length > 0,
    change: (name, text) => setTexts(before => ({ ...before, [name]: text }))
  };
}
